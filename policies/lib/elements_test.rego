package lib.elements_test

import data.lib
import data.testing
import future.keywords.not

test_documents_hold_what_is_there[case] if {
	some case, c in {
		"verified": [{"outcome": "verified"}, 1],
		"present": [{"outcome": "present"}, 1],
		"failed": [{"outcome": "failed"}, 0],
		"errored": [{"outcome": "errored"}, 0],
		"about something else": [{"subjects": [testing.other]}, 0],
		"about the subject and something else": [{"subjects": [testing.other, testing.subject]}, 1],
		"about nothing": [{"subjects": []}, 0],
	}
	count(lib.documents) == c[1] with input as testing.evidence([object.union(testing.sbom("MIT"), c[0])])
}

test_what_was_not_read_has_no_content if {
	[element] = lib.documents with input as testing.evidence([object.union(testing.sbom("MIT"), {"read": false})])
	element.content == {}
}

test_the_type_decides_what_a_document_is_and_not_its_content[case] if {
	some case, c in {
		"an SBOM": ["application/spdx+json", "spdx"],
		"an SBOM under another type": ["https://acme.example/test-result/v1", ""],
		"an SBOM under the type of a scan": ["application/sarif+json", "scan"],
		"an SBOM under a type that says nothing": ["application/json", "spdx"],
		"an SBOM under no type": ["", "spdx"],
	}
	[element] = lib.documents with input as testing.evidence([testing.attachment(c[0], testing.spdx([]), {})])
	element.family == c[1]
}

test_where_the_type_says_nothing_the_content_does[case] if {
	some case, c in {
		"SPDX 2": [{"spdxVersion": "SPDX-2.3"}, "spdx"],
		"SPDX 3": [{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}, "spdx"],
		"CycloneDX": [{"bomFormat": "CycloneDX"}, "cyclonedx"],
		"OpenVEX": [{"@context": "https://openvex.dev/ns/v0.2.0"}, "openvex"],
		"SARIF": [{"runs": []}, "scan"],
		"Grype": [{"matches": [], "descriptor": {}}, "scan"],
		"Trivy": [{"SchemaVersion": 2, "ArtifactName": "app"}, "scan"],
		"two formats at once": [{"spdxVersion": "SPDX-2.3", "bomFormat": "CycloneDX"}, "spdx"],
		"none": [{"hello": "world"}, ""],
		"a text": ["SPDX-2.3", ""],
		"null": [null, ""],
	}
	[element] = lib.documents with input as testing.evidence([testing.attachment("application/json", c[0], {})])
	element.family == c[1]
}

test_one_document_about_two_targets_is_two_elements if {
	subjects := {element.subject | some element in lib.documents} with input as testing.evidence_about(
		["sha256:a", "sha256:b"],
		[object.union(testing.sbom("MIT"), {"subjects": ["sha256:a", "sha256:b"]})],
	)
	subjects == {"sha256:a", "sha256:b"}
}

test_all_forms_of_an_sbom_give_packages[case] if {
	some case, attached in {
		"SPDX 2": testing.sbom("MIT"),
		"SPDX tag-value": testing.attachment(
			"text/spdx",
			[{"tag": "SPDXVersion", "value": "SPDX-2.3"}, {"tag": "PackageName", "value": "libx"}],
			{},
		),
		"SPDX 3": testing.attachment(
			"https://spdx.dev/Document/v3.0",
			{"@graph": [{"type": "CreationInfo", "specVersion": "3.0.1"}, {"type": "software_Package", "name": "libx"}]},
			{},
		),
		"CycloneDX": testing.attachment(
			"https://cyclonedx.org/bom",
			{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "libx"}]},
			{},
		),
	}
	[package_.content.name | some package_ in lib.packages] == ["libx"] with input as testing.evidence([attached])
	[sbom.content.packages | some sbom in lib.sboms] == [1] with input as testing.evidence([attached])
}

test_a_document_of_one_form_under_the_type_of_another_is_not_understood[case] if {
	some case, attached in {
		"SPDX as CycloneDX": testing.attachment("https://cyclonedx.org/bom", testing.sbom("MIT").document, {}),
		"CycloneDX as SPDX": testing.attachment(
			"application/spdx+json",
			{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "libx"}]},
			{},
		),
		"a text as SPDX": testing.attachment("application/spdx+json", "SPDX-2.3", {}),
	}
	[sbom.content | some sbom in lib.sboms] == [{"format": "", "name": "", "created": "", "packages": 0}] with input as testing.evidence([attached])
	lib.packages == [] with input as testing.evidence([attached])
}

test_signatures_are_approvals_that_verified[case] if {
	some case, c in {
		"a cosign signature": [{"type": "https://sigstore.dev/cosign/sign/v1"}, 1],
		"simple signing": [{"type": "application/vnd.dev.cosign.simplesigning.v1+json"}, 1],
		"a Notation signature": [{"type": "application/vnd.cncf.notary.payload.v1+json"}, 1],
		"one by nobody whom we know": [{"type": "https://sigstore.dev/cosign/sign/v1", "outcome": "present", "signers": []}, 0],
		"an attestation": [{"type": "https://slsa.dev/provenance/v1"}, 0],
		"a signature on something else": [{"type": "https://sigstore.dev/cosign/sign/v1", "subjects": [testing.other]}, 0],
	}
	count(lib.signatures) == c[1] with input as testing.evidence([object.union(
		testing.attachment("", {}, {"outcome": "verified", "signers": [testing.key_signer("release", "sha256:k")]}),
		c[0],
	)])
}

test_complete_for_a_type[case] if {
	some case, c in {
		"everything was looked at": [{}, true],
		"a source did not answer": [{"complete": false}, false],
		"the type was skipped": [{"discovery": [{"outcome": "skipped", "types": ["application/spdx+json"]}]}, false],
		"another type was skipped": [{"discovery": [{"outcome": "skipped", "types": ["application/sarif+json"]}]}, true],
	}
	_agrees(c[1], object.union(testing.evidence([]), c[0]))
}

_agrees(true, evidence) if lib.complete("application/spdx+json") with input as evidence

_agrees(false, evidence) if {
	not lib.complete("application/spdx+json") with input as evidence
}

test_now_is_the_instant_of_the_decision if {
	lib.now == 1795255200000000000 with input as testing.evidence([])
}
