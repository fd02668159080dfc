package lib.cyclonedx_test

import data.lib.cyclonedx
import future.keywords.not

_document(components) := {
	"bomFormat": "CycloneDX", "specVersion": "1.6",
	"metadata": {"timestamp": "2026-01-01T00:00:00Z", "component": {"name": "app"}},
	"components": components,
}

test_header_counts_nested_components if {
	cyclonedx.header(_document([{"name": "a", "components": [{"name": "b"}, {"name": "c"}]}])) == {
		"format": "CycloneDX-1.6",
		"name": "app",
		"created": "2026-01-01T00:00:00Z",
		"packages": 3,
	}
}

test_no_header[case] if {
	some case, document in {
		"of another format": {"specVersion": "1.6", "components": []},
		"without a version": {"bomFormat": "CycloneDX", "components": []},
	}
	not cyclonedx.header(document)
}

test_a_document_without_components_lists_nothing[case] if {
	some case, components in {"none": [], "a text": "libx", "an object": {"a": {"name": "libx"}}}
	cyclonedx.header(_document(components)).packages == 0
	cyclonedx.packages(_document(components)) == []
}

_component(more) := cyclonedx.packages(_document([more]))[0]

test_component if {
	_component({
		"type": "library", "group": "com.acme", "name": "libx", "version": "1.2", "scope": "required",
		"purl": "pkg:maven/com.acme/libx@1.2", "licenses": [{"license": {"id": "MIT"}}],
	}) == {
		"name": "com.acme/libx", "version": "1.2", "purl": "pkg:maven/com.acme/libx@1.2",
		"licences": ["MIT"], "scope": "required",
	}
}

test_licences[case] if {
	some case, c in {
		"an identifier": {"licenses": [{"license": {"id": "MIT"}}], "want": ["MIT"]},
		"a name": {"licenses": [{"license": {"name": "Acme Licence"}}], "want": ["Acme Licence"]},
		"an expression": {"licenses": [{"expression": "MIT OR ISC"}], "want": ["MIT OR ISC"]},
		"several all apply": {"licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "ISC"}}], "want": ["MIT", "ISC"]},
		"an expression beside a licence": {"licenses": [{"expression": "MIT"}, {"license": {"id": "ISC"}}], "want": ["MIT", "ISC"]},
		"none": {"licenses": [], "want": ["NOASSERTION"]},
		"a text": {"licenses": "MIT", "want": ["NOASSERTION"]},
		"entries that say nothing": {"licenses": [{}, null, {"license": "MIT"}], "want": ["NOASSERTION", "NOASSERTION", "NOASSERTION"]},
	}
	_component({"name": "libx", "licenses": c.licenses}).licences == c.want
}

test_a_component_is_never_left_out[case] if {
	some case, raw in {"empty": {}, "a text": "libx", "null": null, "with members of other types": {"name": 7, "group": [], "version": 1}}
	_component(raw) == {"name": "", "version": "", "purl": "", "licences": ["NOASSERTION"], "scope": ""}
}

test_files_and_the_operating_system_are_no_packages[case] if {
	some case, c in {
		"a file": [{"type": "file", "name": "/etc/passwd"}, 0],
		"the operating system": [{"type": "operating-system", "name": "debian"}, 0],
		"a file under a licence": [{"type": "file", "name": "a.js", "licenses": [{"license": {"id": "AGPL-3.0-only"}}]}, 1],
		"a library": [{"type": "library", "name": "libx"}, 1],
	}
	count(cyclonedx.packages(_document([c[0]]))) == c[1]
	cyclonedx.header(_document([c[0]])).packages == c[1]
}

test_nested_components_are_read_to_the_sixth_level if {
	sixth := _document([{"components": [{"components": [{"components": [{"components": [{"components": [{"name": "deep"}]}]}]}]}]}])
	cyclonedx.header(sixth).packages == 6
	some package_ in cyclonedx.packages(sixth)
	package_.name == "deep"
}

test_deeper_nesting_is_not_understood if {
	seventh := _document([{"components": [{"components": [{"components": [{"components": [{"components": [{"components": [{}]}]}]}]}]}]}])
	not cyclonedx.header(seventh)
	count(cyclonedx.packages(seventh)) == 6
}

_statement(more) := cyclonedx.statements({
	"metadata": {"timestamp": "2026-01-01T00:00:00Z"},
	"vulnerabilities": [object.union({"id": "CVE-2026-1", "analysis": {"state": "not_affected"}}, more)],
})[0]

test_statement if {
	_statement({
		"references": [{"id": "GHSA-1"}],
		"affects": [{"ref": "pkg:npm/libx@1.2"}, {"ref": "urn:cdx:a/1#pkg:npm/liby@1"}],
		"analysis": {"justification": "code_not_reachable"},
	}) == {
		"vulnerabilities": {"CVE-2026-1", "GHSA-1"},
		"status": "not_affected",
		"justification": "code_not_reachable",
		"products": [
			{"names": {"pkg:npm/libx@1.2"}, "parts": []},
			{"names": {"urn:cdx:a/1#pkg:npm/liby@1", "pkg:npm/liby@1"}, "parts": []},
		],
		"time": "2026-01-01T00:00:00Z",
	}
}

test_status[case] if {
	some case, c in {
		"false positive": ["false_positive", "not_affected"],
		"resolved": ["resolved", "fixed"],
		"exploitable": ["exploitable", "affected"],
		"in triage": ["in_triage", "under_investigation"],
		"unheard of": ["whatever", ""],
	}
	_statement({"analysis": {"state": c[0]}}).status == c[1]
}

test_a_vulnerability_without_analysis_is_no_statement if {
	cyclonedx.statements({"vulnerabilities": [{"id": "CVE-2026-1", "ratings": [{"severity": "high"}]}]}) == []
}

test_exploitability_only[case] if {
	some case, c in {
		"vulnerabilities and no components": [{"vulnerabilities": []}, true],
		"vulnerabilities beside components": [{"vulnerabilities": [], "components": [{}]}, false],
		"no vulnerabilities": [{}, false],
	}
	_agrees(c[1], c[0])
}

_agrees(true, document) if cyclonedx.exploitability_only(document)

_agrees(false, document) if not cyclonedx.exploitability_only(document)
