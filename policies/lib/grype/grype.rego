# METADATA
# title: Grype
# description: Grype's own JSON, https://github.com/anchore/grype.
package lib.grype

import data.lib.severity
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for another document.
header(document) := {
	"scanner": text.at(document, ["descriptor", "name"]),
	"version": text.at(document, ["descriptor", "version"]),
	"finished": text.at(document, ["descriptor", "timestamp"]),
} if {
	is_array(document.matches)
	document.descriptor
}

# METADATA
# title: Findings
# description: Its matches. What Grype was told to ignore is not among them.
findings(document) := [{
	"id": text.at(match, ["vulnerability", "id"]),
	"aliases": {id | some related in match.relatedVulnerabilities; id := related.id},
	"severity": severity.of_word(text.at(match, ["vulnerability", "severity"])),
	"package": text.at(match, ["artifact", "name"]),
	"version": text.at(match, ["artifact", "version"]),
	"purl": text.at(match, ["artifact", "purl"]),
	"fixed": concat(", ", [version | some version in match.vulnerability.fix.versions; is_string(version)]),
	"state": object.get(_states, text.at(match, ["vulnerability", "fix", "state"]), "unknown"),
} |
	some match in document.matches
]

_states := {"fixed": "fixed", "not-fixed": "not-fixed", "wont-fix": "wont-fix"}
