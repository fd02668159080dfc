# METADATA
# title: The signature says what it should
# description: >-
#   Somebody signed the subject itself and said all of `signature.annotations` beside it, and the same signature fits all other rules
#   under `signature` that the profile requires.
# custom:
#   severity: high
#   signed: true
#   failure_msg: "No signature of it that fits what the profile requires of signatures says all of `signature.annotations`."
#   solution: >-
#     Sign it again and say so (`cosign sign -a NAME=VALUE`, `notation sign --user-metadata NAME=VALUE`).
package rules.signature.annotated

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(signature) if {
	count(data.config.signature.annotations) > 0
	some signature in lib.expected_signatures
	lib.annotated(signature.content.annotations)
}

found contains $"{annotation.name}={annotation.value}" if {
	some signature in lib.signatures
	some annotation in signature.content.annotations
}
