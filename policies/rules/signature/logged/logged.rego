# METADATA
# title: The signature is in a transparency log
# description: >-
#   Somebody signed the subject itself, a transparency log that the trust knows holds that signature, and the same signature fits
#   all other rules under `signature` that the profile requires.
# custom:
#   severity: high
#   signed: true
#   failure_msg: "No signature of it that fits what the profile requires of signatures is in a known transparency log."
#   solution: >-
#     Sign it again and let the log record that (cosign does unless told otherwise); check that the trust's `root` knows this log.
package rules.signature.logged

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(signature) if {
	some signature in lib.expected_signatures
	signature.content.logged
}

found contains $"a signature ({signature.report.type}) that no known log holds" if {
	some signature in lib.signatures
	not signature.content.logged
}
