"""The graph as something else: RDF and SPARQL, or a network."""
