# METADATA
# title: Trivy
# description: Trivy's own JSON, schema version 2, https://trivy.dev/latest/docs/configuration/reporting/#json.
package lib.trivy

import data.lib.severity
import data.lib.text
import future.keywords.not

# METADATA
# title: Header
# description: Undefined for another document.
header(document) := {
	"scanner": "trivy",
	"version": text.at(document, ["Trivy", "Version"]),
	"finished": text.of(document, "CreatedAt"),
} if {
	document.SchemaVersion == 2
	document.ArtifactName
}

# METADATA
# title: Findings
# description: The vulnerabilities of all its results; a result without any has no such key.
findings(document) := [{
	"id": text.of(vulnerability, "VulnerabilityID"),
	"aliases": {id | some id in vulnerability.VendorIDs},
	"severity": severity.of_word(text.of(vulnerability, "Severity")),
	"package": text.of(vulnerability, "PkgName"),
	"version": text.of(vulnerability, "InstalledVersion"),
	"purl": text.at(vulnerability, ["PkgIdentifier", "PURL"]),
	"fixed": text.of(vulnerability, "FixedVersion"),
	"state": _state(vulnerability),
} |
	some result in document.Results
	some vulnerability in result.Vulnerabilities
]

_state(vulnerability) := "fixed" if {
	text.of(vulnerability, "FixedVersion") != ""
} else := _states[vulnerability.Status] if {
	_states[vulnerability.Status]
} else := "unknown"

_states := {
	"affected": "not-fixed",
	"will_not_fix": "wont-fix",
	"fix_deferred": "wont-fix",
	"end_of_life": "wont-fix",
}
