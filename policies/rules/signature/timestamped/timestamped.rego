# METADATA
# title: It is known when it was signed
# description: >-
#   Somebody signed the subject itself at a time that a transparency log or a timestamp authority of the same trust vouches for, and the
#   same signature fits all other rules under `signature` that the profile requires. The signer's own clock counts for nothing.
# custom:
#   severity: medium
#   signed: true
#   failure_msg: "No signature of it that fits what the profile requires of signatures has a trusted time."
#   solution: >-
#     Sign it again with a timestamp (`cosign sign --timestamp-server-url`, `notation sign --timestamp-url`), and give the trust the
#     authority's certificates.
package rules.signature.timestamped

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(signature) if {
	some signature in lib.expected_signatures
	signature.content.time != ""
}

found contains $"a signature ({signature.report.type}) by {signer.id}, without a trusted time" if {
	some signature in lib.signatures
	some signer in signature.signers
	signer.timeSource == "none"
}
