"""Judges descriptions of data sets by the formats' own tools; each must also refuse the same description with one thing made wrong."""

import json
import pathlib
import sys


class Refused(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Refused(what)


def frictionless(path):
    from frictionless import FrictionlessException, Package

    try:
        package = Package.from_descriptor(json.loads(path.read_text()))
    except FrictionlessException as error:
        raise Refused(str(error)) from error
    need(package.get_resource("orders").schema.get_field("amount").type == "number", "the kind of a field")
    need(package.get_resource("orders").schema.foreign_keys[0]["reference"]["resource"] == "customers", "a key")
    return f"{len(package.resources)} resources"


def csvw(path):
    import warnings

    from csvw.metadata import TableGroup

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            group = TableGroup.from_file(path)
        except Exception as error:
            raise Refused(str(error)) from error
    need(len(group.tables) == 2, "two tables")
    orders = group.tables[1].tableSchema
    need([str(column.datatype.base) for column in orders.columns][:2] == ["integer", "double"], "the kinds of columns")
    need(orders.foreignKeys[0].reference.resource.string == group.tables[0].url.string, "a key to a table that is there")
    need(str(group.common_props["dc:title"][1]["@value"]) == "Orders of customers", "the title")
    return f"{len(group.tables)} tables"


def openapi(path):
    from openapi_spec_validator import validate
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

    document = json.loads(path.read_text())
    try:
        validate(document)
    except OpenAPIValidationError as error:
        raise Refused(str(error)) from error
    return f"{len(document['paths'])} paths"


def sql(path):
    import sqlglot
    from sqlglot.errors import ParseError

    try:
        statements = sqlglot.parse(path.read_text(), read="postgres")
    except ParseError as error:
        raise Refused(str(error)) from error
    created = [statement.this.this.name for statement in statements if isinstance(statement, sqlglot.exp.Create)]
    need(created == ["customers", "orders"], f"tables {created}")
    return f"{len(statements)} statements"


def sqlite(path):
    """What SQLite makes of it: it has no comments, and adds no keys later."""
    import sqlite3

    text = "".join(part for part in path.read_text().split(";\n") if part.strip().startswith("CREATE") for part in (part, ";\n"))
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(text)
        database.execute("INSERT INTO orders (id, state) VALUES (1, 'it''s closed')")
        for wrong in ["(0, 'open')", "(2, 'unknown')", "(1, 'open')"]:
            try:
                database.execute(f"INSERT INTO orders (id, state) VALUES {wrong}")
            except sqlite3.IntegrityError:
                continue
            raise Refused(f"it takes {wrong}")
    except sqlite3.OperationalError as error:
        raise Refused(str(error)) from error
    return "rows that keep to the constraints, and no others"


def graph(path):
    from rdflib import Graph

    try:
        return Graph().parse(path, format="json-ld")
    except Exception as error:
        raise Refused(str(error)) from error


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ], [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ],
    [ sh:path dcat:keyword ; sh:nodeKind sh:Literal ], [ sh:path dcat:theme ; sh:nodeKind sh:BlankNodeOrIRI ],
    [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ], [ sh:path dct:accrualPeriodicity ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
    [ sh:path dct:issued ; sh:maxCount 1 ; sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] [ sh:datatype xsd:gYear ] [ sh:datatype xsd:gYearMonth ] ) ],
    [ sh:path dct:provenance ; sh:class dct:ProvenanceStatement ], [ sh:path dct:identifier ; sh:nodeKind sh:Literal ],
    [ sh:path dcat:landingPage ; sh:nodeKind sh:BlankNodeOrIRI ], [ sh:path dcat:distribution ; sh:minCount 2 ; sh:class dcat:Distribution ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ], [ sh:path dcat:downloadURL ; sh:nodeKind sh:BlankNodeOrIRI ],
    [ sh:path dcat:byteSize ; sh:maxCount 1 ; sh:datatype xsd:nonNegativeInteger ], [ sh:path dct:license ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ],
    [ sh:path dct:format ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ], [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ],
    [ sh:path spdx:checksum ; sh:maxCount 1 ; sh:class spdx:Checksum ] .
[] a sh:NodeShape ; sh:targetClass spdx:Checksum ;
  sh:property [ sh:path spdx:algorithm ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ],
    [ sh:path spdx:checksumValue ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:hexBinary ] .
"""


def dcat(path):
    """Rules after DCAT-AP 3 for data sets and distributions, in shapes of our own: the official ones are in no package."""
    from pyshacl import validate
    from rdflib import Graph

    found = graph(path)
    conforms, _, text = validate(found, shacl_graph=Graph().parse(data=SHAPES, format="turtle"))
    need(conforms, text)
    return f"{len(found)} triples"


CATALOGUE_SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
[] a sh:NodeShape ; sh:targetClass dcat:Catalog ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ], [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ],
    [ sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ], [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ],
    [ sh:path dcat:service ; sh:class dcat:DataService ], [ sh:path dct:language ; sh:class dct:LinguisticSystem ], [ sh:path foaf:homepage ; sh:maxCount 1 ; sh:class foaf:Document ],
    [ sh:path dct:license ; sh:maxCount 1 ; sh:class dct:LicenseDocument ], [ sh:path dct:issued ; sh:maxCount 1 ], [ sh:path dct:modified ; sh:maxCount 1 ] .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ], [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ],
    [ sh:path dcat:theme ; sh:class skos:Concept ], [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ], [ sh:path dct:identifier ; sh:nodeKind sh:Literal ],
    [ sh:path dct:accrualPeriodicity ; sh:maxCount 1 ; sh:class dct:Frequency ], [ sh:path dcat:landingPage ; sh:class foaf:Document ], [ sh:path dcat:distribution ; sh:class dcat:Distribution ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ], [ sh:path dcat:accessService ; sh:class dcat:DataService ],
    [ sh:path dct:format ; sh:maxCount 1 ; sh:class dct:MediaTypeOrExtent ], [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:class dct:MediaType ] .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ], [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ],
    [ sh:path dcat:servesDataset ; sh:minCount 1 ; sh:class dcat:Dataset ] .
[] a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:nodeKind sh:Literal ] .
[] a sh:NodeShape ; sh:targetClass foaf:Agent ; sh:property [ sh:path foaf:name ; sh:minCount 1 ; sh:nodeKind sh:Literal ] .
"""


def dcat_catalogue(path):
    """Rules after DCAT-AP 3 for catalogues."""
    from pyshacl import validate
    from rdflib import DCAT, RDF, Graph

    found = graph(path)
    conforms, _, text = validate(found, shacl_graph=Graph().parse(data=CATALOGUE_SHAPES, format="turtle"))
    need(conforms, text)
    sets = set(found.subjects(RDF.type, DCAT.Dataset))
    need(len(sets) == 3, f"{len(sets)} data sets")
    return f"{len(sets)} data sets, {len(found)} triples"


def skos(path):
    """A vocabulary by an independent reader of RDF: every concept in its scheme with names in both languages, and no wider term in a circle."""
    from rdflib import RDF, SKOS

    found = graph(path)
    concepts = [one for one in found.subjects(RDF.type, SKOS.Concept) if (one, SKOS.inScheme, None) in found]
    need(len(concepts) >= 60, f"{len(concepts)} concepts")
    for concept in concepts:
        languages = sorted(str(name.language) for name in found.objects(concept, SKOS.prefLabel))
        need(languages == ["en", "zh"], f"{concept} has names in {languages}")
        wider = found.value(concept, SKOS.broader)
        need(wider is None or concept not in set(found.transitive_objects(wider, SKOS.broader)), f"{concept} is wider than itself")
    return f"{len(concepts)} concepts"


def croissant(path):
    import mlcroissant

    try:
        data = mlcroissant.Dataset(jsonld=json.loads(path.read_text()))
    except mlcroissant.ValidationError as error:
        raise Refused(str(error)) from error
    sets = [one.id for one in data.metadata.record_sets]
    need(sets == ["customers", "orders"], f"sets of records {sets}")
    return f"{len(sets)} sets of records"


def broken(change):
    def apply(text):
        document = json.loads(text)
        change(document)
        return json.dumps(document)

    return apply


def first(document, name):
    return document["resources"][0] if name == "resources" else document[name][0]


# Judge, document, and what is made wrong.
LIGHT = {
    "frictionless": (frictionless, "frictionless", broken(lambda d: d["resources"][1]["schema"]["fields"][1].update(type="nonsense"))),
    "csvw": (csvw, "csvw", broken(lambda d: d["tables"][1]["tableSchema"]["foreignKeys"][0]["reference"].update(resource="elsewhere.csv"))),
    "openapi-spec-validator": (openapi, "openapi", broken(lambda d: d["info"].pop("version"))),
    "sqlglot": (sql, "sql", lambda text: text.replace("(\n", "((\n", 1)),
    "sqlite3": (sqlite, "sql", lambda text: text.replace("CHECK", "", 1)),
    "pyshacl": (dcat, "dcat", broken(lambda d: d.pop("dct:title"))),
    "pyshacl, a catalogue": (dcat_catalogue, "dcat-catalogue", broken(lambda d: d["dcat:service"][0].pop("dct:title"))),
    "rdflib, a vocabulary": (skos, "skos", broken(lambda d: d["@graph"][-1]["skos:prefLabel"].pop())),
}
HEAVY = {
    "mlcroissant": (croissant, "croissant", broken(lambda d: d["recordSet"][1]["field"][0]["source"]["fileObject"].update({"@id": "nowhere"}))),
}


def prepare(folder):
    """A file of Parquet, for our reader."""
    import datetime
    import decimal

    import pyarrow
    import pyarrow.parquet

    kinds = [pyarrow.string(), pyarrow.int64(), pyarrow.float64(), pyarrow.bool_(), pyarrow.date32(), pyarrow.timestamp("us"), pyarrow.decimal128(9, 2)]
    schema = pyarrow.schema([pyarrow.field(f"c{at}", kind, nullable=at != 1) for at, kind in enumerate(kinds)])
    row = ["甲", 1, 0.5, True, datetime.date(2026, 11, 28), datetime.datetime(2026, 11, 28), decimal.Decimal("1.25")]
    table = pyarrow.table([pyarrow.array([value, value], kind) for value, kind in zip(row, kinds)], schema=schema)
    pyarrow.parquet.write_table(table, folder / "parquet")


def main(what, folder):
    folder = pathlib.Path(folder)
    if what == "prepare":
        return prepare(folder)
    for name, (judge, document, falsify) in (LIGHT if what == "light" else HEAVY).items():
        path = folder / document
        try:
            print(f"{name}: accepted: {judge(path)}")
        except Refused as error:
            sys.exit(f"{name}: refused: {error}")
        wrong = folder / f"falsified-{document}"
        text = path.read_text()
        wrong.write_text(falsify(text))
        try:
            judge(wrong)
        except Refused:
            print(f"{name}: refuses it with one thing made wrong")
        else:
            sys.exit(f"{name}: takes what is wrong")


main(*sys.argv[1:])
