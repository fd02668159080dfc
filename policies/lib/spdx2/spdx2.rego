# METADATA
# title: SPDX 2
# description: SPDX 2.2 and 2.3 as JSON, https://spdx.github.io/spdx-spec/v2.3/.
package lib.spdx2

import data.lib.licence
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for a document that is not SPDX 2.
header(document) := {
	"format": document.spdxVersion,
	"name": text.of(document, "name"),
	"created": text.at(document, ["creationInfo", "created"]),
	"packages": count(document.packages),
} if {
	startswith(document.spdxVersion, "SPDX-2.")
	is_array(document.packages)
}

# METADATA
# title: Packages
# description: Normal forms of its packages.
packages(document) := [package_ |
	root := _root(document)
	some raw in document.packages
	package_ := {
		"name": text.of(raw, "name"),
		"version": text.of(raw, "versionInfo"),
		"purl": _purl(raw),
		"licences": [licence.stated(text.of(raw, "licenseConcluded"), text.of(raw, "licenseDeclared"))],
		"scope": _scope(raw, root),
	}
]

# externalRefs of category PACKAGE-MANAGER (PACKAGE_MANAGER in 2.2), type purl; the first of them names the package.
_purl(raw) := purl if {
	purl := [locator |
		some reference in raw.externalRefs
		reference.referenceType == "purl"
		locator := text.of(reference, "referenceLocator")
	][0]
} else := ""

_scope(raw, root) := "subject" if {
	raw.SPDXID == root
} else := ""

# The one package that the document describes, if it lists others beside it; an empty text matches no SPDXID.
_root(document) := root if {
	count(document.packages) > 1
	described := {id | some id in document.documentDescribes} | {relationship.relatedSpdxElement |
		some relationship in document.relationships
		relationship.relationshipType == "DESCRIBES"
		relationship.spdxElementId == "SPDXRef-DOCUMENT"
	}
	[root] := [id | some id in described]
} else := ""
