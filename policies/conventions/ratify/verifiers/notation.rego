# METADATA
# title: Notation
# description: Ratify's verifier `notation`.
package conventions.ratify.verifiers.notation

import data.conventions.ratify.names

import rego.v1

# METADATA
# title: Answer
# description: Success if somebody whom the configured verifier knows signed it.
answer(entry, artifact) := {
	"isSuccess": true,
	"message": "Notation signature verification success",
	"extensions": {
		"Issuer": names.as_go(signer.certificate.issuer),
		"SN": names.as_go(signer.certificate.distinguishedName),
	},
} if {
	signer := [signer_ |
		some report in artifact.reports
		report.verifier.name == entry.verifier
		report.outcome == "verified"
		some signer_ in report.signers
	][0]
} else := {
	"message": sprintf("Failed to validate the Notation signature: %s", [artifact.digest]),
	"errorReason": concat("; ", [report.message | some report in artifact.reports]),
}
