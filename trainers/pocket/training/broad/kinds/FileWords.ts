/** Endings of text files. */
export const TEXT = [
  ".md",
  ".txt",
  ".json",
  ".yml",
  ".js",
  ".ts",
  ".py",
  ".css",
  ".go",
  ".rs",
  ".toml",
  ".sh",
  ".html",
  ".java"
]

/** What is not to be used where a tool of its own is there. */
export const SHELL =
  "use bash|use bash for (this|that)|use the shell|(go to|open|start|use) (the|a) (shell|terminal)|shell out|run shell commands for (this|that)|run commands for that|do (that|this) in the (shell|terminal)"

/** Why not. */
export const OWN_TOOL =
  "you have (a|your own|a built-in) tool for (that|this)|there is a (built-in |)tool for (that|this)|you've got a tool for (that|this|exactly this)|(that|this) is what your tools are for|you don't need (bash|a shell|the shell) for (that|this)|the shell is not needed (for this|here)|I don't want shell commands for (that|this)|bash is only for running things"
