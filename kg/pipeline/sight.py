"""One reading of what stands around names, for all weights that look at it.

Typing, the introduced flag and the roles of entities ask for the same words around the same names. They share one
numbering of features: what stands around is read once in it, and each set of weights knows its own among the numbers.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, cast

from kg import ontology
from kg.pipeline import weights
from kg.pipeline.surroundings import Around, Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kg.pipeline.state import State
    from kg.pipeline.weights import Weights

_SHARING = ("typing", "introduced", "roles")
_TELLING = ("cue", "l=", "r=", "next")
"""Beginnings of features that tell another story beside a dataset than beside a model."""
_COMPANY = " type="


class Numbering:
    """A number for each feature of some sets of weights; those of the first have the numbers that they have there."""

    def __init__(self, models: Iterable[Weights]) -> None:
        self.models = tuple(models)
        first = self.models[0].ids
        # Number `len(first)` is that of the first table's silent row, and stays free.
        further = dict.fromkeys(f for f in chain.from_iterable(map(_seen, self.models)) if f not in first)
        self.ids = {**first, **{feature: len(first) + 1 + k for k, feature in enumerate(further)}}
        self.surroundings = Surroundings(self.ids.get)


@lru_cache(maxsize=1)
def _numbering(*models: Weights) -> Numbering:
    """Return the numbering that the shipped weights share."""
    return Numbering(models)


class Sight:
    """How a set of weights sees surroundings: `own` holds its ids by shared number.

    `beside[type]` holds the ids of features in the company of that type.
    """

    def __init__(self, model: Weights) -> None:
        shared = _numbering(*map(weights.load, _SHARING))
        self.numbering = shared if model in shared.models else Numbering([model])
        ids = self.numbering.ids
        self.own = {ids[feature]: i for feature, i in model.ids.items()}
        self.beside: dict[str, dict[int, int]] = {type_: {} for type_ in ontology.load().entity_types}
        for feature, i in model.ids.items():
            plain, _, type_ = feature.rpartition(_COMPANY)
            if plain.startswith(_TELLING) and type_ in self.beside:
                self.beside[type_][ids[plain]] = i

    def around(self, paper: State) -> Around[int]:
        """Return what stands around the names of a paper, in shared numbers; weights that share them read it once."""
        found = paper.around
        if found is None or found.surroundings is not self.numbering.surroundings:
            found = paper.around = Around(paper, self.numbering.surroundings)
        return found

    def ids(self, near: Iterable[int]) -> set[int]:
        """Return the ids of surroundings by their numbers."""
        return _known(self.own, near)

    def ids_beside(self, type_: str, near: Collection[int]) -> set[int]:
        """Return the ids of surroundings, alone and in the company of a type, by their numbers."""
        return _known(self.own, near) | _known(self.beside[type_], near)


def _known(ids: dict[int, int], near: Iterable[int]) -> set[int]:
    found = set(map(ids.get, near))
    found.discard(None)
    return cast("set[int]", found)


def beside(type_: str, near: Iterable[str]) -> set[str]:
    """Return features in the company of a type, as fitting counts them.

    >>> beside("Model", ["l=the", "place=last"])
    {'l=the type=Model'}
    """
    return {f"{feature}{_COMPANY}{type_}" for feature in near if feature.startswith(_TELLING)}


def _seen(model: Weights) -> Iterable[str]:
    """Return the features that weights ask for, those in company also by themselves."""
    for feature in model.ids:
        yield feature
        plain = feature.rpartition(_COMPANY)[0]
        if plain.startswith(_TELLING):
            yield plain
