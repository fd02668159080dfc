# METADATA
# title: An SBOM is attached
# description: >-
#   The subject has an SBOM: SPDX or CycloneDX, in any form, understood or not.
# custom:
#   severity: medium
#   failure_msg: "No SBOM is attached."
#   solution: >-
#     Make one (`syft IMAGE -o spdx-json`) and attach it (`cosign attest --type spdxjson`, `oras attach`).
package rules.sbom.present

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(sbom) if some sbom in lib.sboms
