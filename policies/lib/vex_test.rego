package lib.vex_test

import data.lib
import data.testing
import future.keywords.not

_openvex(statements) := testing.attachment(
	"application/vnd.openvex+json",
	{"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-11-20T00:00:00Z", "statements": statements},
	{},
)

_normal(statement) := normal if {
	[element] = lib.vex with input as testing.evidence([_openvex([statement])])
	normal := element.content
}

test_openvex if {
	_normal({
		"vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-1", "name": "CVE-1", "aliases": ["GHSA-1"]},
		"products": [{
			"@id": "pkg:oci/app@sha256%3A11", "identifiers": {"purl": "pkg:oci/app"}, "hashes": {"sha-256": "11"},
			"subcomponents": [{"@id": "pkg:npm/libx"}],
		}],
		"status": "not_affected", "justification": "component_not_present", "timestamp": "2026-11-19T00:00:00Z",
	}) == {
		"vulnerabilities": {"", "CVE-1", "GHSA-1"},
		"status": "not_affected",
		"justification": "component_not_present",
		"products": [{"names": {"pkg:oci/app@sha256%3A11", "pkg:oci/app", "11"}, "parts": [{"pkg:npm/libx"}]}],
		"time": "2026-11-19T00:00:00Z",
	}
}

test_openvex_of_old if {
	_normal({"vulnerability": "CVE-1", "products": ["pkg:npm/libx"], "status": "fixed"}) == {
		"vulnerabilities": {"CVE-1", ""},
		"status": "fixed",
		"justification": "",
		"products": [{"names": {"pkg:npm/libx"}, "parts": []}],
		"time": "2026-11-20T00:00:00Z",
	}
}

test_cyclonedx_vex if {
	[element] = lib.vex with input as testing.evidence([testing.attachment(
		"application/vnd.cyclonedx+json",
		{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [{"id": "CVE-1", "analysis": {"state": "resolved"}}]},
		{},
	)])
	element.content.status == "fixed"
}

_finding := {"id": "CVE-1", "severity": "High", "purl": "pkg:npm/libx@1.2?arch=x#sub", "state": "fixed"}

_excused(statements) if {
	evidence := testing.evidence([testing.grype("2026-11-21T09:00:00Z", [_finding]), _openvex(statements)])
	[found] = lib.findings with input as evidence
	excuses := lib.excuses(found) with input as evidence
	count(excuses) > 0
}

_statement(more) := object.union(
	{"vulnerability": {"name": "CVE-1"}, "products": [{"@id": "pkg:npm/libx@1.2"}], "status": "not_affected"},
	more,
)

_image := concat("", ["pkg:oci/app@sha256%3A", split(testing.subject, ":")[1], "?repository_url=registry.example/team/app"])

test_excuses[case] if {
	some case, more in {
		"the package at its version": {},
		"that it is fixed": {"status": "fixed"},
		"the package in every version": {"products": [{"@id": "pkg:npm/libx"}]},
		"the package with its qualifiers": {"products": [{"@id": "pkg:npm/libx@1.2?arch=x#sub"}]},
		"the package by an identifier": {"products": [{"identifiers": {"purl": "pkg:npm/libx"}}]},
		"by an alias": {"vulnerability": {"name": "GHSA-1", "aliases": ["CVE-1"]}},
		"the whole image": {"products": [{"@id": _image}]},
		"the image by its hash": {"products": [{"hashes": {"sha-256": split(testing.subject, ":")[1]}}]},
		"the package within the image": {"products": [{"@id": _image, "subcomponents": [{"@id": "pkg:npm/libx"}]}]},
	}
	_excused([_statement(more)])
}

test_does_not_excuse[case] if {
	some case, more in {
		"another vulnerability": {"vulnerability": {"name": "CVE-2"}},
		"another package": {"products": [{"@id": "pkg:npm/liby"}]},
		"another version": {"products": [{"@id": "pkg:npm/libx@1.3"}]},
		"another image": {"products": [{"@id": "pkg:oci/app@sha256%3A22"}]},
		"another package within the image": {"products": [{"@id": _image, "subcomponents": [{"@id": "pkg:npm/liby"}]}]},
		"no product": {"products": []},
		"that it is affected": {"status": "affected"},
		"that it is looked into": {"status": "under_investigation"},
		"a status that does not exist": {"status": "fine"},
		"a time that cannot be read": {"timestamp": "now"},
		"a time that lies ahead": {"timestamp": "2027-01-01T00:00:00Z"},
	}
	not _excused([_statement(more)])
}

test_a_later_word_to_the_contrary_ends_an_excuse[case] if {
	some case, time in {"later": "2026-11-20T00:00:01Z", "at the same time": "2026-11-20T00:00:00Z", "at no known time": "?"}
	not _excused([_statement({}), _statement({"status": "affected", "timestamp": time})])
}

test_an_earlier_word_to_the_contrary_does_not if {
	_excused([_statement({}), _statement({"status": "affected", "timestamp": "2026-11-19T00:00:00Z"})])
}

test_what_is_said_of_another_subject_does_not_excuse if {
	evidence := testing.evidence_about([testing.subject, testing.other], [
		testing.grype("2026-11-21T09:00:00Z", [_finding]),
		object.union(_openvex([_statement({})]), {"subjects": [testing.other]}),
	])
	[found] = lib.findings with input as evidence
	excuses := lib.excuses(found) with input as evidence
	excuses == []
}
