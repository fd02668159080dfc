# METADATA
# title: Everything was understood
# description: >-
#   No document was left unread (XML, unparsable, an unknown form), types of `ignoredTypes` aside. Unread is not
#   clean.
# custom:
#   severity: medium
#   failure_msg: "A document of type {type} could not be read: {message}"
#   solution: >-
#     Attach it as JSON, or name its type in `ignoredTypes` if it says nothing that a policy needs.
package rules.evidence.unread

import data.lib
import future.keywords.not

about := rego.metadata.chain()

deny contains lib.finding(document, document.report.type, {
	"type": document.report.type,
	"message": document.report.message,
}) if {
	some document in lib.unread
}
