import { spawnSync } from "node:child_process"

/**
 * For tests: whether commands can be contained with bubblewrap here. Where it cannot be had, those who need it are skipped
 * and say so.
 */
export const hasBubblewrap =
  spawnSync("bwrap", ["--unshare-user", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"]).status === 0

if (!hasBubblewrap) {
  process.stderr.write(
    "Skipped what needs bubblewrap: it is not installed, or user namespaces are off (apt install bubblewrap).\n"
  )
}
