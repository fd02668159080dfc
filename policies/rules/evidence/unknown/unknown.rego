# METADATA
# title: Every type is known
# description: >-
#   No document is of a type that the library does not know, types of `ignoredTypes` aside.
# custom:
#   severity: low
#   failure_msg: "Nothing is known of documents of type {type}."
#   solution: >-
#     Write a rule that reads it from `lib.documents`, and name its type in `ignoredTypes`.
package rules.evidence.unknown

import data.lib
import future.keywords.not

about := rego.metadata.chain()

deny contains lib.finding(document, document.report.type, {"type": document.report.type}) if {
	some document in lib.unknown
}
