load helpers

# The options of --help: "memory m", or "rootfs".
helped() {
	launch --help >/dev/null
	sed -nE 's/^  (-(.),|   ) --([a-z-]+) .*/\3 \2/p' <<<"$output" | sort
}

@test "launch(1) has each option of --help, and no other" {
	diff <(helped) <(sed -nE \
		-e '/^\.Sh OPTIONS/,/^\.Sh ENVIRONMENT/!d' \
		-e 's/^\.It (Fl (.) , )?Fl -([a-z-]+).*/\3 \2/p' \
		"$ROOT/docs/launch.1" | sort)
	(($(helped | wc -l) > 30))
}

@test "launch(1) gives the default of each option" {
	run awk '
		function end() { if (option && !said) print option }
		/^\.Sh/ { end(); option = ""; on = /OPTIONS/ }
		on && /^\.It Fl/ { end(); option = $0; said = 0 }
		/Default|the default|^Required/ { said = 1 }
	' "$ROOT/docs/launch.1"
	[[ -z $output ]]
}

@test "launch.conf(5) has each key that is known" {
	local keys key
	keys=$(sed -nE 's/^\t\{ "(lxc[^"*]*[^"*._]).*/\1/p' "$ROOT/launcher/config_keys.c")
	(($(wc -l <<<"$keys") > 60))
	for key in $keys; do
		grep -qF -- "$key" "$ROOT/docs/launch.conf.5" || {
			echo "missing: $key"
			false
		}
	done
}

@test "--help is for terminals of 80 columns, and on stdout" {
	must --help
	[[ -z $stderr ]]
	[[ $output == 'usage: launch '* ]]
	! grep -E '.{80}' <<<"$output"
}

# completes WORD... - what bash offers for the last word
completes() {
	local COMP_WORDS=(launch "$@") COMP_CWORD=$#
	# shellcheck source=/dev/null
	. "$ROOT/docs/launch.bash"
	_launch "$(type -P launch)"
	echo "${COMPREPLY[*]}"
}

@test "bash completes options, directories and files" {
	cd "$BATS_TEST_TMPDIR"
	mkdir dir
	touch file
	[[ $(completes --mem) == '--memory --memory-swap' ]]
	[[ $(completes --rootfs /x --cap) == '--cap-add --cap-drop' ]]
	[[ $(completes --rootfs '') == dir ]]
	[[ $(completes --config f) == file ]]
	[[ $(completes -w d) == dir ]]
	[[ $(completes -m d) == '' ]]
	[[ $(completes --memory d) == '' ]]
	[[ $(completes --init d) == dir ]]
}

@test "bash completes commands and names of containers" {
	requires root
	[[ $(completes st) == *stop* ]]
	[[ $(completes checkpoint --ext) == --ext-unix ]]
	[[ $(completes checkpoint box --tcp) == '--tcp-established --tcp-close' ]]
	[[ $(completes ex zz) == '' ]]
	cd "$BATS_TEST_TMPDIR"
	mkdir dir
	[[ $(completes restore -D '') == dir ]]
	[[ $(completes checkpoint box --dir d) == dir ]]
	[[ $(completes checkpoint box --ext-unix '') == 'close refuse' ]]
	[[ $(completes restore --name '') == '' ]]
	must -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	[[ $(completes stop '') == "$NAME" ]]
	[[ $(completes checkpoint --direct '') == "$NAME" ]]
	must stop "$NAME"
	[[ $(completes stop '') == '' ]]
}

@test "launch(1) has each command" {
	local name
	for name in $(command launch --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p'); do
		grep -qE "^\.(It )?Cm ($name|[a-z , ]*\b$name)( |$)|^\.Op Cm $name" "$ROOT/docs/launch.1" || {
			echo "missing: $name"
			false
		}
	done
}

# synopsis COMMAND - its parts of SYNOPSIS in launch(1), as one line
synopsis() {
	awk -v command="$1" '
		/^\.Sh/ { on = /SYNOPSIS/; next }
		on && /^\.Nm/ { first = 1; next }
		on && first { mine = $0 ~ "^\\.Cm (.* )?" command "( |$)"; first = 0 }
		on && mine { printf "%s ", $0 }
	' "$ROOT/docs/launch.1"
}

# taken COMMAND - the options of its help, "-D|--dir" as "D -dir", but for --state-dir
taken() {
	command launch "$1" --help | sed -n '1s/ \[--state-dir DIR\]//p' |
		grep -oE '\[(-.\|)?--[a-z-]+' | sed -E 's/^\[-//; s/\|-/ /'
}

@test "launch(1) has each option of each command, and no other" {
	local name option count=0
	for name in checkpoint restore inspect list stop kill freeze thaw console logs \
		device stats top events wait prune check version; do
		while read -r option; do
			synopsis "$name" | grep -qE -- "(Fl|\|) (${option/ /|})( |$)" || {
				echo "missing: $name $option"
				false
			}
			count=$((count + 1))
		done < <(taken "$name")
		while read -r option; do
			taken "$name" | grep -qE -- "(^| )$option( |$)" || {
				echo "there is no: $name $option"
				false
			}
		done < <(synopsis "$name" | grep -oE '(Fl|\|) (-[a-z-]+|[a-zA-Z]\b)' |
			sed 's/^[^ ]* //')
	done
	((count > 25))
}

@test "minit(8) has each option and each order of minit's own help" {
	local letter word verb
	run minit -h
	while read -r letter word; do
		grep -qE -- "Fl ${letter#-} , Fl -${word#--}( |\$)" "$ROOT/docs/minit.8"
	done < <(sed -nE 's/^  (-.), (--[a-z-]+) .*/\1 \2/p' <<<"$output")
	((${#lines[@]} > 15))
	while read -r verb; do
		grep -qE "^\.(Cm|It Cm) ([a-z]+ [|,] )*$verb( |\$)" "$ROOT/docs/minit.8"
	done < <(sed -nE 's/^\t\{ "([a-z]+)", .*/\1/p' "$ROOT/init/client.c")
}

@test "inittab(5) has each action and each key" {
	local words word
	words=$(sed -nE 's/^\t\{ "([a-z]+)", ACTION_.*/\1/p' "$ROOT/init/inittab.c"
		grep -oE '"[a-z]+", set_[a-z]+' "$ROOT/init/notes.c" | cut -d'"' -f2)
	(($(wc -l <<<"$words") > 23))
	for word in $words; do
		grep -qE "^\.(It )?Cm ([a-z]+ , )?$word( |\$)" "$ROOT/docs/inittab.5" || {
			echo "missing: $word"
			false
		}
	done
}
