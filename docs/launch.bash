# launch.bash - complete the commands and options of launch(1) in bash
#
# Names and values come from "launch --help": nothing here needs to follow them.

_launch_commands() {
	"$1" --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p'
}

# _launch_value LAUNCH COMMAND OPTION - what it takes: of "[-D|--dir DIR]" it is DIR
_launch_value() {
	"$1" "$2" --help 2>/dev/null | tr '[]' '\n' | awk -v option="$3" '
		{ n = split($1, names, "|") }
		{ for (i = 1; i <= n; i++) if (names[i] == option) print $2 }'
}

_launch() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local name value letter wanted='<>' first=${COMP_WORDS[1]} taken=

	COMPREPLY=()
	if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_launch_commands "$1")" -- "$word")
		return
	elif [[ $first != -* && $first != run ]]; then
		# A command: its options, their values, and the containers there are.
		[[ $before != -* ]] || taken=$(_launch_value "$1" "$first" "$before")
		if [[ $taken == DIR ]]; then
			mapfile -t COMPREPLY < <(compgen -d -- "$word")
			return
		elif [[ -n $taken ]]; then
			[[ $taken == *'|'* ]] && wanted=${taken//|/ } || wanted=
		elif [[ $word == -* ]]; then
			wanted=$("$1" "$first" --help 2>/dev/null | grep -oE -- '--[a-z-]+')
		else
			wanted=$("$1" list 2>/dev/null | awk 'NR > 1 { print $1 }')
		fi
		mapfile -t COMPREPLY < <(compgen -W "$wanted" -- "$word")
		return
	fi
	while read -r name value letter; do
		[[ $before != "$name" && $before != "${letter:-none}" ]] || wanted=$value
		[[ $word != -* || $name != "$word"* ]] || COMPREPLY+=("$name")
	done < <("$1" --help |
		sed -nE 's/^  (-.)?,? +(--[a-z-]+) ([^ ]*) .*/\2 <\3> \1/p')
	case $wanted in
	'<>') [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	*DIR*) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	*FILE* | *SRC*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	*) COMPREPLY=() ;;
	esac
}
complete -o filenames -F _launch launch
