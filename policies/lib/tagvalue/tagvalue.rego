# METADATA
# title: SPDX tag-value
# description: >-
#   SPDX 2 in tag-value form, https://spdx.github.io/spdx-spec/v2.3/, as the list of `{tag, value}` that the verifier makes of it.
#   `PackageName` begins a package (clause 7.1); what follows belongs to it until the next one.
package lib.tagvalue

import data.lib.licence
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for a list that is not SPDX 2.
header(document) := {
	"format": version,
	"name": _first(document, "DocumentName"),
	"created": _first(document, "Created"),
	"packages": count(_starts(document)),
} if {
	version := _first(document, "SPDXVersion")
	startswith(version, "SPDX-2.")
}

# METADATA
# title: Packages
# description: Normal forms of its packages.
packages(document) := [package_ |
	starts := _starts(document)
	root := _root(document, count(starts))
	ends := array.concat(array.slice(starts, 1, count(starts)), [count(document)])
	some i, start in starts
	tags := array.slice(document, start, ends[i])
	package_ := {
		"name": _first(tags, "PackageName"),
		"version": _first(tags, "PackageVersion"),
		"purl": _purl(tags),
		"licences": [licence.stated(_first(tags, "PackageLicenseConcluded"), _first(tags, "PackageLicenseDeclared"))],
		"scope": _scope(_first(tags, "SPDXID"), root),
	}
]

_starts(document) := [i | some i, entry in document; entry.tag == "PackageName"]

_first(entries, tag) := text.first([text.of(entry, "value") | some entry in entries; entry.tag == tag])

# `ExternalRef: PACKAGE-MANAGER purl pkg:npm/x@1`
_purl(tags) := purl if {
	purl := [words[2] |
		some entry in tags
		entry.tag == "ExternalRef"
		words := split(entry.value, " ")
		words[1] == "purl"
	][0]
} else := ""

_scope(id, root) := "subject" if {
	id == root
	id != ""
} else := ""

# The one package that the document describes, if it lists others beside it.
_root(document, packages_) := root if {
	packages_ > 1
	[root] := [id |
		some entry in document
		entry.tag == "Relationship"
		["SPDXRef-DOCUMENT", "DESCRIBES", id] = split(entry.value, " ")
	]
} else := ""
