# METADATA
# title: SARIF
# description: SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, as vulnerability scanners write it.
package lib.sarif

import data.lib.severity
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Of its first run. Undefined for another document.
header(document) := {
	"scanner": text.at(run, ["tool", "driver", "name"]),
	"version": text.at(run, ["tool", "driver", "version"]),
	"finished": text.first([text.of(invocation, "endTimeUtc") | some invocation in run.invocations]),
} if {
	run := document.runs[0]
	run.tool.driver
}

# METADATA
# title: Findings
# description: >-
#   Results of the document under `digest`, suppressed ones too: a scan's own suppression is nobody's signed word. SARIF does not
#   tell whether there is a fix.
findings(digest, document) := [{
	"id": _vulnerability(id),
	"aliases": {id},
	"severity": _severity(result, object.get(_rules, [digest, i, id], set())),
	"package": purl,
	"version": "",
	"purl": purl,
	"fixed": "",
	"state": "unknown",
} |
	some i, run in document.runs
	some result in run.results
	not _passing[result.kind]
	id := _rule_id(run, result)
	purl := text.first([purl_ |
		some rule in object.get(_rules, [digest, i, id], set())
		some purl_ in rule.purls
	])
]

_passing := {"pass", "notApplicable"}

_rule_id(run, result) := id if {
	id := text.first([text.of(result, "ruleId"), text.at(result, ["rule", "id"])])
	id != ""
} else := id if {
	id := text.of(run.tool.driver.rules[result.ruleIndex], "id")
} else := ""

# Scanners put the CVSS score beside the rule, as GitHub asks for; else the level counts, `warning` by default (clause 3.27.10).
_severity(result, rules) := severity.worst([severity.of_score(rule.score) | some rule in rules]) if {
	some rule in rules
	rule.score != ""
} else := severity.of_word(text.first(array.concat(
	[text.of(result, "level")],
	array.concat([rule.level | some rule in rules], ["warning"]),
)))

# Digest of the document -> run -> rule, as sets: a hostile document may define a rule twice.
_rules[digest][i][id] contains facts if {
	some digest, document in input.documents
	some i, run in _runs(document)
	some component in array.concat([run.tool.driver], object.get(run.tool, "extensions", []))
	some rule in component.rules
	id := rule.id
	facts := {
		"score": text.at(rule, ["properties", "security-severity"]),
		"level": text.at(rule, ["defaultConfiguration", "level"]),
		"purls": {purl | some purl in rule.properties.purls},
	}
}

# cosign wraps what the scanner wrote.
_runs(document) := document.runs if {
	document.runs
} else := document.scanner.result.runs

# Grype's rule is `<vulnerability>-<package>`.
_vulnerability(rule) := concat("-", array.slice(words, 0, _words[words[0]])) if {
	words := split(rule, "-")
	_words[words[0]]
} else := rule

_words := {"CVE": 3, "GHSA": 4}
