package rules.sbom.present_test

import data.rules.sbom.present
import data.testing
import future.keywords.not

test_met[case] if {
	some case, attached in {
		"an SPDX SBOM": testing.sbom("MIT"),
		"a CycloneDX SBOM without components": testing.attachment("application/vnd.cyclonedx+json", {"bomFormat": "CycloneDX", "specVersion": "1.6"}, {}),
		"an SBOM in XML that nobody understood": testing.attachment("application/vnd.cyclonedx+xml", {}, {"read": false}),
		"an SBOM in an attestation": testing.attachment("https://spdx.dev/Document/v2.3", testing.spdx([]), {"predicate": "https://spdx.dev/Document/v2.3"}),
		"an SBOM of unknown media type that says what it is": testing.attachment("application/json", testing.spdx([]), {}),
	}
	count(present.met) == 1 with input as testing.evidence([attached])
}

test_not_met[case] if {
	some case, attached in {
		"something else": testing.attachment("application/vnd.acme.notes+json", testing.spdx([]), {}),
		"an SBOM that failed": object.union(testing.sbom("MIT"), {"outcome": "failed"}),
		"an SBOM that could not be had": object.union(testing.sbom("MIT"), {"outcome": "errored"}),
		"an SBOM of something else": object.union(testing.sbom("MIT"), {"subject": testing.other, "subjects": [testing.other]}),
		"a CycloneDX document that only speaks of vulnerabilities": testing.attachment("application/vnd.cyclonedx+json", {"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": []}, {}),
	}
	count(present.met) == 0 with input as testing.evidence([attached])
}

test_hands_on_who_signed if {
	signer := testing.key_signer("release", "sha256:k")
	signed := testing.attested(testing.sbom("MIT"), [signer])
	present.met == {{
		"subject": testing.subject,
		"type": "application/spdx+json",
		"signers": {signer},
		"evidence": [testing.digest(0)],
	}} with input as testing.evidence([signed])
}
