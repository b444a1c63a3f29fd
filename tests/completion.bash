# Checks that bash completes what the program knows: bash --norc tests/completion.bash RACELANE
# The completions are sourced, and their function is called as the shell calls it.
set -u
racelane=$1
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work" || exit 1
export XDG_CONFIG_HOME=$work/config
mkdir -p config/racelane/themes folder
touch config/racelane/themes/mine my.lane my.rlt my.cast my.transcript my.txt

source <("$racelane" completion bash)
failures=0

# complete_words WORD...: what may stand in the place of the last word.
complete_words()
{
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    # Said by compopt, which works only while bash itself completes.
    _racelane 2>/dev/null
    printf '%s\n' "${COMPREPLY[@]:-}" | sort | tr '\n' ' '
}

# expect "WORDS" WORD...: exactly these are offered, in alphabetical order.
expect()
{
    local wanted=$1 got
    shift
    got=$(complete_words "$@")
    if [[ $got != "$wanted " ]]; then
        echo "\`$*\` offers \"$got\", not \"$wanted \""
        failures=$((failures + 1))
    fi
}

# offers "WORD" WORD...: this is among what is offered.
offers()
{
    local wanted=$1 got
    shift
    got=$(complete_words "$@")
    if [[ " $got" != *" $wanted "* ]]; then
        echo "\`$*\` offers \"$got\": \"$wanted\" is missing"
        failures=$((failures + 1))
    fi
}

expect 'run' racelane ru
expect 'explore' racelane expl
expect 'explore export' racelane ex
offers 'completion' racelane ''
expect 'race race-call' racelane run rac
offers 'my.lane' racelane run my
offers 'folder' racelane run ''
expect 'compare' racelane run com
expect 'my.cast my.rlt' racelane replay my
expect 'my.lane my.rlt' racelane report my
expect 'my.lane my.rlt my.transcript' racelane check my
expect 'mcs mutex' racelane run race --lock-kind m
expect '--lock --lock-kind' racelane run race --loc
expect '--theme' racelane --th
expect 'mine mono' racelane run --theme m
expect 'dark' racelane run --theme = d
expect 'off on' racelane run --lock ''
expect 'my.cast my.lane my.rlt my.transcript my.txt' racelane run race --save my
expect 'bash' racelane completion b
expect '' racelane list r

while read -r name _; do
    [[ $name ]] && offers "$name" racelane run "$name"
done < <("$racelane" list --json | sed -n 's/.*"name": "\([^"]*\)".*/\1/p')

((failures == 0)) || exit 1
echo "bash completes"
