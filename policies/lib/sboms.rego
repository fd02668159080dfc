package lib

import data.lib.cyclonedx
import data.lib.spdx2
import data.lib.spdx3
import data.lib.tagvalue
import future.keywords.not

# METADATA
# title: SBOMs
# description: >-
#   SBOMs of the subject or a target: SPDX 2 and 3 (JSON), SPDX tag-value, CycloneDX (JSON). `content` is `format` (`SPDX-2.3`,
#   `SPDX-3.0.1`, `CycloneDX-1.6`; `""` where it was not understood), `name`, `created` and `packages`, how many it lists.
sboms := [element |
	some document in documents
	_is_sbom(document)
	content := _header(document)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

# METADATA
# title: Packages
# description: >-
#   Every package of every SBOM. `content` is `name`, `version`, `purl`, `scope` and `licences`: SPDX expressions that all
#   apply, never empty (`NOASSERTION` where nobody says). `scope` is CycloneDX's `required`, `optional` or `excluded`;
#   `subject` marks the package that stands for the whole beside the packages within it.
packages := [element |
	some document in documents
	_is_sbom(document)
	some content in _packages(document)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

_is_sbom(document) if document.family == "spdx"

_is_sbom(document) if {
	document.family == "cyclonedx"
	not cyclonedx.exploitability_only(document.content)
}

_header(document) := header if {
	header := _header_of(_form(document), document.content)
} else := {"format": "", "name": "", "created": "", "packages": 0}

_header_of("cyclonedx", content) := cyclonedx.header(content)

_header_of("tag-value", content) := tagvalue.header(content)

_header_of("spdx-3", content) := spdx3.header(content)

_header_of("spdx-2", content) := spdx2.header(content)

_packages(document) := _packages_of(_form(document), document.report.document, document.content)

_packages_of("cyclonedx", _, content) := cyclonedx.packages(content)

_packages_of("tag-value", _, content) := tagvalue.packages(content)

_packages_of("spdx-3", digest, content) := spdx3.packages(digest, content)

_packages_of("spdx-2", _, content) := spdx2.packages(content)

# One form for header and packages alike, or a document could be counted as one and listed as another.
_form(document) := "cyclonedx" if {
	document.family == "cyclonedx"
} else := "tag-value" if {
	is_array(document.content)
} else := "spdx-3" if {
	document.content["@graph"]
} else := "spdx-2"
