package conventions.ratify.verifiers.sbom_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.sbom
import rego.v1

_type := "application/spdx+json"

_entry(more) := testing.verifier("sbom", [_type], more)

_spdx := {
	"spdxVersion": "SPDX-2.3",
	"creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: syft"]},
	"packages": [
		{"name": "libx", "versionInfo": "1.2", "licenseConcluded": "MIT AND (GPL-2.0-only OR\tApache-2.0)"},
		{"name": "liby", "licenseDeclared": "AGPL-3.0-only"},
	],
}

_libx := {"Name": "libx", "Version": "1.2", "License": "MIT AND (GPL-2.0-only OR\tApache-2.0)"}

_liby := {"Name": "liby", "Version": "", "License": ""}

_answer(entry, artifact) := answer if {
	answer := sbom.answer(entry, artifact, artifact.artifactType) with input as testing.evidence([artifact])
}

_of(more) := _answer(_entry(more), testing.document("a", _type, _spdx))

test_nothing_disallowed if {
	_of({}) == {
		"isSuccess": true,
		"message": "SBOM verification success. No license or package violation found.",
		"extensions": {"creationInfo": _spdx.creationInfo},
	}
}

test_licences_are_whole_words_in_any_case[licence] if {
	some licence, violates in {
		"mit": true,
		"MIT": true,
		"GPL-2.0-only": true,
		"gpl-2.0-ONLY": true,
		"apache-2.0": true,
		"GPL-2.0": false,
		"Apache": false,
		"AGPL-3.0-only": false,
		"MI.": false,
		"NOASSERTION": false,
	}
	answer := _of({"disallowedLicenses": [licence]})
	object.get(answer, "isSuccess", false) != violates
	object.get(answer.extensions, "licenseViolations", []) == [_libx | violates]
}

test_packages[case] if {
	some case, [denied, violations] in {
		"any version": [{"name": "libx", "version": ""}, [_libx]],
		"that version": [{"name": "libx", "version": "1.2"}, [_libx]],
		"another version": [{"name": "libx", "version": "1.3"}, []],
		"another name": [{"name": "lib", "version": ""}, []],
		"without a version": [{"name": "liby", "version": ""}, [_liby]],
	}
	answer := _of({"disallowedPackages": [denied]})
	object.get(answer.extensions, "packageViolations", []) == violations
}

test_a_violation if {
	_of({"disallowedLicenses": ["MIT"], "disallowedPackages": [{"name": "liby", "version": ""}]}) == {
		"message": "SBOM validation failed",
		"errorReason": "License or package violation found.",
		"remediation": "Please review extensions data for license and package violation found.",
		"extensions": {
			"creationInfo": _spdx.creationInfo,
			"licenseViolations": [_libx],
			"packageViolations": [_liby],
		},
	}
}

test_what_is_no_spdx_fails[case] if {
	some case, document in {
		"another format": {"bomFormat": "CycloneDX"},
		"SPDX 3": {"spdxVersion": "SPDX-3.0", "packages": []},
		"packages that are no list": {"spdxVersion": "SPDX-2.3", "packages": {}},
		"a package that is none": {"spdxVersion": "SPDX-2.3", "packages": ["libx"]},
		"a licence that is no text": {"spdxVersion": "SPDX-2.3", "packages": [{"licenseConcluded": ["MIT"]}]},
		"a name that is no text": {"spdxVersion": "SPDX-2.3", "packages": [{"name": 1}]},
		"a list": [],
	}
	_answer(_entry({}), testing.document("a", _type, document)) == {
		"message": "failed to verify artifact: verifier-sbom",
		"errorReason": "the document is not SPDX 2.1, 2.2 or 2.3",
	}
}

test_what_was_not_read_fails[case] if {
	some case, more in {
		"unread": {"read": false},
		"without a document": {"document": ""},
		"failed": {"outcome": "failed"},
		"errored": {"outcome": "errored"},
	}
	document := testing.document("a", _type, _spdx)
	artifact := object.union(document, {"reports": [object.union(document.reports[0], more)]})
	answer := _answer(_entry({}), artifact)
	not answer.isSuccess
	answer.errorReason == "json says present"
}

test_every_layer_counts if {
	second := testing.document("b", _type, {"spdxVersion": "SPDX-2.3", "packages": [{"name": "libz"}]})
	first := testing.document("a", _type, _spdx)
	artifact := object.union(first, {
		"reports": array.concat(first.reports, second.reports),
		"documents": object.union(first.documents, second.documents),
	})
	answer := _answer(_entry({"disallowedPackages": [{"name": "libz", "version": ""}]}), artifact)
	not answer.isSuccess
	answer.extensions.packageViolations == [{"Name": "libz", "Version": "", "License": ""}]
}

test_another_artifact_type if {
	_answer(_entry({}), testing.document("a", "application/vnd.cyclonedx+json", {})) == {
		"message": "Failed to process SBOM blobs.",
		"errorReason": "Unsupported artifactType: application/vnd.cyclonedx+json",
	}
}

test_no_layers[case] if {
	some case, reports in {"no report": [], "without content": [testing.report("json", "present", {"layer": ""})]}
	_answer(_entry({}), testing.artifact("a", _type, {"reports": reports})) == {
		"message": "SBOM validation failed",
		"errorReason": "No layers found in manifest for referrer registry.example/acme/app@sha256:a",
	}
}

test_a_named_verifier_is_asked_alone if {
	answer := _answer(_entry({"verifier": "other"}), testing.document("a", _type, _spdx))
	startswith(answer.errorReason, "No layers found")
}
