# METADATA
# title: The decision
# description: >-
#   Denies first: whatever the profile lists must hold, for every target, by evidence of somebody who may speak. Rules say what
#   they found; only here is it decided whether that counts.
package verdict

import data.verdict.findings
import data.verdict.profile
import data.verdict.requirements
import future.keywords.not

# METADATA
# title: Decision
# description: "Shape: schemas/decision.schema.json, definition `decision`."
# entrypoint: true
default decision := {"allow": false, "violations": [{"code": "policy.undecided", "msg": "The policy came to no decision."}]}

decision := {
	"allow": (count(profile.faults) + count(findings.denying)) == 0,
	"violations": array.concat([fault | some fault in profile.faults], findings.violations),
	"warnings": findings.warnings,
	"exceptions": findings.waived,
	"expires": requirements.expires,
} if {
	findings.accounted
}
