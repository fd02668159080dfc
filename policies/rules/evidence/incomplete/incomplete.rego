# METADATA
# title: Everything was looked at
# description: >-
#   Every source of evidence answered and nothing was left out by count, so that "there is none" is true.
# custom:
#   severity: medium
#   failure_msg: "Not everything could be looked at: {reason}."
#   solution: >-
#     Try again; see `discovery` in the evidence for what did not answer.
package rules.evidence.incomplete

import data.lib
import future.keywords.not

about := rego.metadata.chain()

deny contains {"subject": gap.subject, "term": gap.reason, "arguments": {"reason": gap.reason}} if some gap in lib.incomplete
