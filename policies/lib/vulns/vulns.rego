# METADATA
# title: in-toto vulns
# description: https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md, and version 0.1, which nests each result.
package lib.vulns

import data.lib.severity
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for another document.
header(document) := {
	"scanner": text.at(document, ["scanner", "uri"]),
	"version": text.at(document, ["scanner", "version"]),
	"finished": text.at(document, ["metadata", "scanFinishedOn"]),
} if {
	is_array(document.scanner.result)
}

# METADATA
# title: Findings
# description: Its results. The predicate names no packages and no fixes.
findings(document) := [{
	"id": text.of(vulnerability, "id"),
	"aliases": set(),
	"severity": severity.worst([_severity(score) | some score in vulnerability.severity]),
	"package": "",
	"version": "",
	"purl": "",
	"fixed": "",
	"state": "unknown",
} |
	some result in document.scanner.result
	vulnerability := object.get(result, "vulnerability", result)
]

_severity(score) := band if {
	band := severity.of_score(score.score)
	band != "unknown"
} else := severity.of_word(text.of(score, "score"))
