# METADATA
# title: SPDX 3
# description: >-
#   SPDX 3.0 as JSON-LD, https://spdx.github.io/spdx-spec/v3.0.1/serializations/, read as the closed JSON of the specification's
#   own schema, without JSON-LD processing. Elements stand in one graph; licences are relationships between them.
package lib.spdx3

import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for a document that is not SPDX 3.
header(document) := {
	"format": concat("", ["SPDX-", version]),
	"name": concat(", ", names),
	"created": text.of(creations[0], "created"),
	"packages": count([raw | some raw in graph; raw.type == "software_Package"]),
} if {
	graph := document["@graph"]
	is_array(graph)
	creations := [element | some element in graph; element.type == "CreationInfo"]
	version := creations[0].specVersion
	startswith(version, "3.")
	names := [text.of(element, "name") | some element in graph; element.type == "SpdxDocument"]
}

# METADATA
# title: Packages
# description: Normal forms of the packages of the document that stands under `digest`.
packages(digest, document) := [package_ |
	root := _root(document["@graph"])
	some raw in document["@graph"]
	raw.type == "software_Package"
	id := text.of(raw, "spdxId")
	package_ := {
		"name": text.of(raw, "name"),
		"version": text.of(raw, "software_packageVersion"),
		"purl": text.of(raw, "software_packageUrl"),
		"licences": [expression | some expression in _stated(digest, id)],
		"scope": _scope(id, root),
	}
]

# As licence.stated, of lists: several relationships all apply.
_stated(digest, id) := _said[digest].hasConcludedLicense[id] if {
	_speaks(_said[digest].hasConcludedLicense[id])
} else := _said[digest].hasDeclaredLicense[id] if {
	_speaks(_said[digest].hasDeclaredLicense[id])
} else := {"NOASSERTION"}

_speaks(expressions) if expressions != {"NOASSERTION"}

# Digest of the document -> kind of relationship -> package -> expressions.
_said[digest][relationship.relationshipType][relationship.from] contains expression if {
	some digest, document in input.documents
	some relationship in document["@graph"]
	_kinds[relationship.relationshipType]
	some id in relationship.to
	some expression in _expressions(digest, id)
}

_kinds := {"hasConcludedLicense", "hasDeclaredLicense"}

# An element that is neither expression nor licence of the list stays its identifier, which no licence list permits.
_expressions(digest, id) := {"NOASSERTION"} if {
	not is_string(id)
} else := {"NOASSERTION"} if {
	some name in ["/NoAssertion", "/NoAssertionLicense"]
	endswith(id, name)
} else := {trim_prefix(id, "https://spdx.org/licenses/")} if {
	startswith(id, "https://spdx.org/licenses/")
} else := _expression_of[digest][id] if {
	_expression_of[digest][id]
} else := {id}

# Digest of the document -> element -> its text. Sets, because hostile documents use an identifier twice.
_expression_of[digest][element.spdxId] contains expression if {
	some digest, document in input.documents
	some element in document["@graph"]
	some kind, member in _texts
	element.type == kind
	expression := text.of(element, member)
}

_texts := {
	"simplelicensing_LicenseExpression": "simplelicensing_licenseExpression",
	"expandedlicensing_ListedLicense": "name",
}

_scope(id, root) := "subject" if {
	id == root
	id != ""
} else := ""

# The one root element that is neither the document nor the SBOM itself, if there are others beside it.
_root(graph) := root if {
	count([raw | some raw in graph; raw.type == "software_Package"]) > 1
	collections := [element | some element in graph; _collections[element.type]]
	ids := {element.spdxId | some element in collections}
	[root] := [id | some id in {id | some element in collections; some id in element.rootElement; not ids[id]}]
} else := ""

_collections := {"SpdxDocument", "software_Sbom"}
