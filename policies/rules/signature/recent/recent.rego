# METADATA
# title: It was signed recently
# description: >-
#   Somebody signed the subject itself at most `signature.maxAge` hours ago, by a time that the same trust vouches for, and the same
#   signature fits all other rules under `signature` that the profile requires.
# custom:
#   severity: medium
#   signed: true
#   failure_msg: "No signature of it that fits what the profile requires of signatures is recent enough by a trusted time."
#   solution: >-
#     Sign it again, or sign what replaces it.
package rules.signature.recent

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains object.union(lib.testimony(signature), {"expires": until}) if {
	some signature in lib.expected_signatures
	until := lib.fresh_until(signature.content.time, data.config.signature.maxAge)
}

found contains $"a signature ({signature.report.type}) of {signer.time}" if {
	some signature in lib.signatures
	some signer in signature.signers
	signer.time != ""
}
