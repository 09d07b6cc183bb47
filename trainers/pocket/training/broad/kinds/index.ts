import type { Kind } from "../Kind.ts"
import { buildKinds } from "./Building.ts"
import { containerKinds } from "./Containers.ts"
import { deploymentKinds } from "./Deployment.ts"
import { fileSearchKinds } from "./FileSearches.ts"
import { fileKinds } from "./Files.ts"
import { branchKinds } from "./GitBranches.ts"
import { commitKinds } from "./GitCommits.ts"
import { historyKinds } from "./GitHistory.ts"
import { repositoryKinds } from "./GitRepository.ts"
import { lintKinds } from "./Linting.ts"
import { machineKinds } from "./Machines.ts"
import { otherPackageKinds } from "./OtherPackages.ts"
import { packageUpkeepKinds } from "./PackageUpkeep.ts"
import { packageKinds } from "./Packages.ts"
import { programKinds } from "./Programs.ts"
import { scriptKinds } from "./Scripts.ts"
import { testRunKinds } from "./TestRuns.ts"

/** Every kind of task that is one call. The order is the corpus's: it decides what is drawn. */
export const kinds: ReadonlyArray<Kind> = [
  ...packageKinds,
  ...otherPackageKinds,
  ...packageUpkeepKinds,
  ...testRunKinds,
  ...programKinds,
  ...scriptKinds,
  ...lintKinds,
  ...buildKinds,
  ...commitKinds,
  ...branchKinds,
  ...historyKinds,
  ...repositoryKinds,
  ...fileSearchKinds,
  ...fileKinds,
  ...containerKinds,
  ...deploymentKinds,
  ...machineKinds
]
