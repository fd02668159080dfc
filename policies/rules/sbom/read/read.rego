# METADATA
# title: Every SBOM was read
# description: >-
#   The subject has an SBOM that lists something, and none that was not understood: rules about packages and
#   licences say nothing of what an unread one lists.
# custom:
#   severity: medium
#   failure_msg: "There is no SBOM that was read and lists packages, or there is one that was not understood."
#   solution: >-
#     Attach SPDX 2.2, 2.3 or 3.0 as JSON or tag-value, or CycloneDX 1.4 to 1.7 as JSON.
package rules.sbom.read

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(sbom) if {
	some sbom in lib.sboms
	sbom.content.packages > 0
	not _not_understood[sbom.subject]
	not _not_understood[input.subject.digest]
}

_not_understood contains sbom.subject if {
	some sbom in lib.sboms
	sbom.content.format == ""
}

found contains $"{sbom.report.type} that was not understood" if {
	some sbom in lib.sboms
	sbom.content.format == ""
}
