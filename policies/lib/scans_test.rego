package lib.scans_test

import data.lib
import data.testing
import future.keywords.not

_grype := {
	"matches": [{
		"vulnerability": {
			"id": "GHSA-35jh-r3h4-6jhm", "severity": "High",
			"fix": {"versions": ["4.17.21", "5.0.0"], "state": "fixed"},
		},
		"relatedVulnerabilities": [{"id": "CVE-2021-23337"}],
		"artifact": {"name": "lodash", "version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20"},
	}],
	"descriptor": {"name": "grype", "version": "0.110.0", "timestamp": "2026-01-01T00:00:00Z"},
}

_trivy := {
	"SchemaVersion": 2, "Trivy": {"Version": "0.74.0"}, "CreatedAt": "2026-01-01T00:00:00Z", "ArtifactName": "app",
	"Results": [
		{"Target": "clean", "Class": "os-pkgs"},
		{"Target": "package-lock.json", "Class": "lang-pkgs", "Vulnerabilities": [
			{
				"VulnerabilityID": "CVE-2021-23337", "VendorIDs": ["GHSA-35jh-r3h4-6jhm"], "PkgName": "lodash",
				"PkgIdentifier": {"PURL": "pkg:npm/lodash@4.17.20"}, "InstalledVersion": "4.17.20",
				"FixedVersion": "4.17.21", "Status": "fixed", "Severity": "HIGH",
			},
			{"VulnerabilityID": "CVE-1", "PkgName": "a", "InstalledVersion": "1", "Status": "affected", "Severity": "LOW"},
			{"VulnerabilityID": "CVE-2", "PkgName": "a", "InstalledVersion": "1", "Status": "will_not_fix", "Severity": "UNKNOWN"},
			{"VulnerabilityID": "CVE-3", "PkgName": "a", "InstalledVersion": "1", "Severity": "CRITICAL"},
		]},
	],
}

_sarif := {"version": "2.1.0", "runs": [{
	"tool": {"driver": {"name": "Grype", "version": "0.110.0", "rules": [
		{
			"id": "CVE-2021-23337-lodash",
			"properties": {"security-severity": "7.2", "purls": ["pkg:npm/lodash@4.17.20"]},
		},
		{"id": "GHSA-35jh-r3h4-6jhm-lodash", "defaultConfiguration": {"level": "error"}},
		{"id": "ACME-1"},
	]}},
	"invocations": [{"endTimeUtc": "2026-01-01T00:00:00Z"}],
	"results": [
		{"ruleId": "CVE-2021-23337-lodash", "ruleIndex": 0, "level": "note"},
		{"ruleIndex": 1},
		{"rule": {"id": "ACME-1"}},
		{"ruleId": "ACME-1", "level": "note"},
		{"ruleId": "ACME-1", "kind": "pass"},
		{"message": {"text": "nameless"}},
	],
}]}

_scan(type, document) := [header, findings] if {
	evidence := testing.evidence([testing.attachment(type, document, {})])
	[scan] = lib.scans with input as evidence
	header := scan.content
	findings := [found.content | some found in lib.findings] with input as evidence
}

test_grype if {
	_scan("application/vnd.anchore.grype+json", _grype) == [
		{"format": "grype", "scanner": "grype", "version": "0.110.0", "finished": "2026-01-01T00:00:00Z"},
		[{
			"id": "GHSA-35jh-r3h4-6jhm", "aliases": {"CVE-2021-23337"}, "severity": "high", "package": "lodash",
			"version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20", "fixed": "4.17.21, 5.0.0", "state": "fixed",
		}],
	]
}

test_trivy if {
	[header, findings] := _scan("application/vnd.aquasec.trivy+json", _trivy)
	header == {"format": "trivy", "scanner": "trivy", "version": "0.74.0", "finished": "2026-01-01T00:00:00Z"}
	findings[0] == {
		"id": "CVE-2021-23337", "aliases": {"GHSA-35jh-r3h4-6jhm"}, "severity": "high", "package": "lodash",
		"version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20", "fixed": "4.17.21", "state": "fixed",
	}
	[[found.severity, found.state] | some found in findings] == [
		["high", "fixed"],
		["low", "not-fixed"],
		["unknown", "wont-fix"],
		["critical", "unknown"],
	]
}

test_sarif if {
	[header, findings] := _scan("application/sarif+json", _sarif)
	header == {"format": "sarif", "scanner": "Grype", "version": "0.110.0", "finished": "2026-01-01T00:00:00Z"}
	[[found.id, found.severity, found.purl] | some found in findings] == [
		["CVE-2021-23337", "high", "pkg:npm/lodash@4.17.20"],
		["GHSA-35jh-r3h4-6jhm", "high", ""],
		["ACME-1", "medium", ""],
		["ACME-1", "low", ""],
		["", "medium", ""],
	]
	findings[0].aliases == {"CVE-2021-23337-lodash"}
}

test_a_rule_defined_twice_counts_as_the_worse if {
	twice := {"id": "CVE-1", "properties": {"security-severity": "1.0"}}
	[_, findings] := _scan("application/sarif+json", {"runs": [{
		"tool": {"driver": {"rules": [twice, object.union(twice, {"properties": {"security-severity": "9.9"}})]}},
		"results": [{"ruleId": "CVE-1"}],
	}]})
	findings[0].severity == "critical"
}

test_rules_of_extensions_count if {
	[_, findings] := _scan("application/sarif+json", {"runs": [{
		"tool": {"driver": {}, "extensions": [{"rules": [{"id": "CVE-1", "properties": {"security-severity": "9.9"}}]}]},
		"results": [{"ruleId": "CVE-1"}],
	}]})
	findings[0].severity == "critical"
}

test_cosign_vuln_wraps[case] if {
	some case, c in {
		"Grype": {"result": _grype, "format": "grype", "findings": 1},
		"Trivy": {"result": _trivy, "format": "trivy", "findings": 4},
		"SARIF": {"result": _sarif, "format": "sarif", "findings": 5},
		"nothing known": {"result": {"vulnerabilities": []}, "format": "", "findings": 0},
	}
	[header, findings] := _scan("https://cosign.sigstore.dev/attestation/vuln/v1", {
		"scanner": {"uri": "x", "result": c.result},
		"metadata": {"scanFinishedOn": "2026-02-02T00:00:00Z"},
	})
	header.format == c.format
	count(findings) == c.findings
	_finished(c.format, header.finished)
}

_finished("", "")

_finished(format, "2026-02-02T00:00:00Z") if format != ""

test_cosign_vuln_keeps_severities_of_sarif if {
	[_, findings] := _scan("https://cosign.sigstore.dev/attestation/vuln/v1", {"scanner": {"result": _sarif}})
	findings[0].severity == "high"
}

test_vulns[case] if {
	some case, result in {
		"v0.2": {"id": "CVE-1", "severity": [{"method": "CVSS_V3", "score": "9.1"}, {"method": "vendor", "score": "low"}]},
		"v0.1, which nests": {"vulnerability": {"id": "CVE-1", "severity": [{"method": "vendor", "score": "critical"}]}},
	}
	[header, findings] := _scan("https://in-toto.io/attestation/vulns/v0.2", {
		"scanner": {"uri": "pkg:github/acme/scan@1", "version": "1", "result": [result]},
		"metadata": {"scanFinishedOn": "2026-01-01T00:00:00Z"},
	})
	header == {"format": "vulns", "scanner": "pkg:github/acme/scan@1", "version": "1", "finished": "2026-01-01T00:00:00Z"}
	findings == [{
		"id": "CVE-1", "aliases": set(), "severity": "critical", "package": "", "version": "", "purl": "",
		"fixed": "", "state": "unknown",
	}]
}

test_a_finding_is_never_left_out[case] if {
	some case, c in {
		"of Grype": ["application/vnd.anchore.grype+json", {"matches": [null], "descriptor": {}}],
		"of Trivy": [
			"application/vnd.aquasec.trivy+json",
			{"SchemaVersion": 2, "ArtifactName": "x", "Results": [{"Vulnerabilities": ["CVE-1"]}]},
		],
		"of SARIF": ["application/sarif+json", {"runs": [{"tool": {"driver": {}}, "results": [null]}]}],
		"of in-toto": ["https://in-toto.io/attestation/vulns/v0.2", {"scanner": {"result": [{}]}}],
	}
	[_, findings] := _scan(c[0], c[1])
	[[found.id, found.state] | some found in findings] == [["", "unknown"]]
}

test_a_scan_that_is_not_understood_has_no_format[case] if {
	some case, document in {
		"a text": "clean",
		"a list": [],
		"runs without a tool": {"runs": [{}]},
		"matches without a descriptor": {"matches": []},
	}
	[header, findings] := _scan("application/sarif+json", document)
	header == {"format": "", "scanner": "", "version": "", "finished": ""}
	findings == []
}
