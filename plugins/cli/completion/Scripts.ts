/** What a shell asks for the words that may come next: one line each, a tab before its meaning; a line `:files` for names of files. */
const ASK = "continualcode completion words --"

const bash = `# Completion of continualcode for bash.
_continualcode() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur word
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=\${words[\${#words[@]}-1]}
  # Bash takes a word apart at "=", so only what follows it is to be answered.
  local cut=""
  [[ $COMP_WORDBREAKS == *"="* && $cur == *=* ]] && cut=\${cur%%=*}=
  COMPREPLY=()
  while IFS= read -r word; do
    word=\${word%%$'\\t'*}
    if [[ $word == :files ]]; then
      local file
      while IFS= read -r file; do
        [[ -d \${file/#\\~/$HOME} ]] && file+=/
        COMPREPLY+=("$file")
      done < <(compgen -f -- "\${cur#*=}")
      compopt -o nospace 2>/dev/null
    else
      [[ $word == *= ]] && compopt -o nospace 2>/dev/null
      COMPREPLY+=("\${word#"$cut"}")
    fi
  done < <(${ASK} "\${words[@]:1}" 2>/dev/null)
}
complete -F _continualcode continualcode
`

const zsh = `#compdef continualcode
# Completion of continualcode for zsh.
_continualcode() {
  local -a plain assigned
  local line word about files=0
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    about=""
    [[ $line == *$'\\t'* ]] && about=\${line#*$'\\t'}
    if [[ $word == :files ]]; then files=1
    elif [[ $word == *= ]]; then assigned+=("\${word//:/\\\\:}:$about")
    else plain+=("\${word//:/\\\\:}\${about:+:$about}")
    fi
  done < <(${ASK} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#plain )) && _describe -t words "word" plain
  (( $#assigned )) && _describe -t settings "setting" assigned -S ""
  if (( files )); then
    compset -P "*="
    _files
  fi
}
if [[ $funcstack[1] == _continualcode ]]; then _continualcode "$@"; else compdef _continualcode continualcode; fi
`

const fish = `# Completion of continualcode for fish.
function __continualcode_words
  set -l words (commandline -opc) (commandline -ct)
  for line in (${ASK} $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      set -l current (commandline -ct)
      if string match -q "*=*" -- $current
        set -l key (string replace -r "=.*" "=" -- $current)
        for file in (__fish_complete_path (string replace -r "^[^=]*=" "" -- $current))
          echo $key$file
        end
      else
        __fish_complete_path $current
      end
    else
      echo $line
    end
  end
end
complete -c continualcode -f -a "(__continualcode_words)"
`

/** The script of a shell; it asks the command for what fits. */
export const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }
