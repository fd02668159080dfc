package lib

import data.lib.grype
import data.lib.sarif
import data.lib.text
import data.lib.trivy
import data.lib.vulns
import future.keywords.not

# METADATA
# title: Scans
# description: >-
#   Vulnerability scans: Grype and Trivy JSON, SARIF, cosign's vulnerability attestation around one of these, in-toto vulns. `content` is
#   `format` (`grype`, `trivy`, `sarif`, `vulns`; `""` where it was not understood), `scanner`, `version` and `finished`
#   (RFC 3339 as written, `""` where nobody says).
scans := [element |
	some document in documents
	document.family == "scan"
	content := _scan_header(document.content)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

# METADATA
# title: Findings
# description: >-
#   Every finding of every scan. `content` is `id`, `aliases`, `severity` (lib.severity), `package`, `version`, `purl`,
#   `fixed` (versions that mend it) and `state`: `fixed` (there is a fix), `not-fixed`, `wont-fix` or `unknown`.
findings := [element |
	some document in documents
	document.family == "scan"
	some content in _findings(document.report.document, document.content)
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": content,
	}
]

_scan_header(document) := _headed("vulns", vulns.header(document), "") if {
	vulns.header(document)
} else := _headed(reader.format, reader.header, text.at(document, ["metadata", "scanFinishedOn"])) if {
	reader := _reader(document.scanner.result)
} else := _headed(reader.format, reader.header, "") if {
	reader := _reader(document)
} else := {"format": "", "scanner": "", "version": "", "finished": ""}

# What the attestation says of the time goes before what the scanner wrote.
_headed(format, header, finished) := {
	"format": format,
	"scanner": header.scanner,
	"version": header.version,
	"finished": text.first([finished, header.finished]),
}

_reader(document) := {"format": "grype", "header": header} if {
	header := grype.header(document)
} else := {"format": "trivy", "header": header} if {
	header := trivy.header(document)
} else := {"format": "sarif", "header": header} if {
	header := sarif.header(document)
}

_findings(digest, document) := vulns.findings(document) if {
	vulns.header(document)
} else := _read(digest, document.scanner.result) if {
	_reader(document.scanner.result)
} else := _read(digest, document) if {
	_reader(document)
} else := []

_read(digest, document) := grype.findings(document) if {
	grype.header(document)
} else := trivy.findings(document) if {
	trivy.header(document)
} else := sarif.findings(digest, document)
