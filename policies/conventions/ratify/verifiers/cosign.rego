# METADATA
# title: Cosign
# description: Ratify's verifier `cosign`. Any signature of an artifact counts, where Ratify takes the last one's word for all.
package conventions.ratify.verifiers.cosign

import data.conventions.ratify.image

import rego.v1

# METADATA
# title: Answer
# description: Success if a signature is by somebody whom the trust policy for this image names.
answer(entry, artifact) := {
	"isSuccess": true,
	"message": _success(entry),
	"extensions": _extensions(entry, policy, verifications),
} if {
	policy := _policy(entry, artifact)
	verifications := _verifications(entry, policy, artifact)
	some verification in verifications
	verification.isSuccess
} else := {
	"message": _failure,
	"errorReason": _reason(entry),
	"extensions": _extensions(entry, policy, _verifications(entry, policy, artifact)),
} if {
	policy := _policy(entry, artifact)
} else := {
	"message": _failure,
	"errorReason": sprintf("No policy found for the artifact %s", [image.reference(artifact.subject)]),
}

_failure := "Failed to validate the Cosign signature"

_success(entry) := "Verification success. Valid signatures found" if {
	entry.legacy
} else := "Verification success. Valid signatures found. Please refer to extensions field for verifications performed."

_reason(entry) := "no valid signatures found" if {
	entry.legacy
} else := "no valid Cosign signatures found"

# The policy that names the image, else the one for all. Without any configured, the verifier's own trusts count.
_policy(entry, artifact) := {"name": "", "trust": []} if {
	entry.legacy
} else := policy if {
	reference := image.reference(artifact.subject)
	policy := [one | some one in entry.trustPolicies; some scope in one.scopes; _names(scope, reference)][0]
} else := [policy | some policy in entry.trustPolicies; "*" in policy.scopes][0]

_names(reference, reference)

_names(scope, reference) if {
	endswith(scope, "*")
	scope != "*"
	startswith(reference, trim_suffix(scope, "*"))
}

_verifications(entry, policy, artifact) := [{
	"layer": report.layer,
	"isSuccess": count(vouching) > 0,
	"bundleVerified": report.checks.transparency.outcome == "passed",
	"trust": concat(", ", vouching),
	"keyless": [signer | some signer in report.signers; signer.kind != "key"] != [],
	"error": _error(policy, report),
} |
	some report in artifact.reports
	report.verifier.name == entry.verifier
	vouching := [signer.trust.name |
		report.outcome == "verified"
		some signer in report.signers
		_counts(entry, policy, signer)
	]
]

_error(policy, report) := report.message if {
	report.outcome != "verified"
} else := sprintf("%s, whom the trust policy %s does not name", [report.message, policy.name])

_counts(entry, _, _) if entry.legacy

_counts(_, policy, signer) if signer.trust.name in policy.trust

_extensions(entry, policy, verifications) := {"signatures": _legacy(verifications)} if {
	entry.legacy
} else := {"trustPolicy": policy.name, "signatures": _listed(verifications)}

_legacy(verifications) := [signature |
	some verification in verifications
	signature := object.union(_outcome(verification), {"signatureDigest": verification.layer})
]

# The signature itself is not in the evidence; the digest of its layer is.
_listed(verifications) := [{"signature": "", "verifications": [signature]} |
	some verification in verifications
	signature := object.union(_outcome(verification), {
		"signatureDigest": verification.layer,
		"keyInformation": {"provider": "", "name": verification.trust, "version": ""},
	})
]

_outcome(verification) := {
	"isSuccess": true,
	"bundleVerified": verification.bundleVerified,
	"summary": array.concat(_claims(verification), [_witness(verification)]),
} if {
	verification.isSuccess
} else := {"isSuccess": false, "bundleVerified": verification.bundleVerified, "error": verification.error}

_claims(verification) := [
	"The cosign claims were validated.",
	"Existence of the claims in the transparency log was verified offline.",
] if {
	verification.bundleVerified
} else := ["The cosign claims were validated."]

_witness(verification) := "The code-signing certificate was verified using trusted certificate authority certificates." if {
	verification.keyless
} else := "The signatures were verified against the specified public key."
