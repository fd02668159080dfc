# METADATA
# title: Licence checker
# description: Ratify's verifier `licensechecker`, of SPDX 2 in tag-value form.
package conventions.ratify.verifiers.licensechecker

import data.conventions.ratify.content
import data.conventions.ratify.image

import future.keywords.not
import rego.v1

# METADATA
# title: Answer
# description: Success if every package was concluded to have an allowed licence.
answer(entry, artifact) := {"message": sprintf("License Check FAILED: no blobs found for referrer %s@%s", [
	image.path,
	artifact.digest,
])} if {
	content.layers(entry, artifact) == []
} else := {
	"message": "License Check: FAILED. the artifact is not SPDX in tag-value form",
	"errorReason": content.unread(content.layers(entry, artifact)),
} if {
	some layer in content.layers(entry, artifact)
	not _is_tag_value(layer)
} else := {
	"isSuccess": true,
	"message": "License Check: SUCCESS. All packages have allowed licenses",
} if {
	_violations(entry, artifact) == []
} else := {"message": sprintf("License Check: FAILED. [%s]", [concat(" ", _violations(entry, artifact))])}

_is_tag_value(layer) if {
	layer.report.type == "text/spdx"
	every line in layer.documents[0] {
		is_string(line.tag)
		is_string(line.value)
	}
	some line in layer.documents[0]
	line.tag == "SPDXVersion"
}

# As Go prints packages.
_violations(entry, artifact) := [sprintf("{%s %s}", [package_.name, package_.licence]) |
	allowed := {licence | some licence in entry.allowedLicenses}
	some layer in content.layers(entry, artifact)
	some package_ in _packages(layer.documents[0])
	not allowed[package_.licence]
]

# `PackageName` begins a package; what follows belongs to it until the next one.
_packages(lines) := [{"name": lines[start].value, "licence": licence} |
	starts := [place | some place, line in lines; line.tag == "PackageName"]
	ends := array.concat(array.slice(starts, 1, count(starts)), [count(lines)])
	some i, start in starts
	licence := _concluded(array.slice(lines, start, ends[i]))
]

_concluded(lines) := stated[0] if {
	stated := [line.value | some line in lines; line.tag == "PackageLicenseConcluded"]
	count(stated) > 0
} else := ""
