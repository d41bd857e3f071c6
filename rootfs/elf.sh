# shellcheck shell=bash disable=SC2154,SC2016 # copied: of paths.sh; $ORIGIN
# elf.sh - programs of the host and what they need, without running them
#
# ldd asks the program's own loader, which runs it.  Here readelf prints the
# headers, and a library is looked for where ld.so(8) would:
#
#	DT_RPATH of the object, then of those that need it (unless it has a
#	DT_RUNPATH), DT_RUNPATH of the object, the directories of ld.so.conf,
#	/lib and /usr/lib.  A file of another class or machine is passed over,
#	a name that the process has loaded already is not looked for again.
#
# Libraries that a program opens by itself (dlopen) cannot be seen in headers;
# those of glibc's name service are added, others can be named as programs.

declare -A facts=()  # elf_read's answers, by file
declare -A loaded=() # names in the process of the program at hand
declare -A visited=() # programs and objects that are in the root

# elf_read FILE - set facts[FILE] to lines 'class X', 'machine X', 'interp FILE',
# 'needed NAME', 'rpath DIRS' and 'runpath DIRS'; to nothing if it is not ELF.
elf_read() {
	[[ ! ${facts[$1]+set} ]] || return 0
	facts[$1]=$(LC_ALL=C readelf -hldW -- "$1" 2>/dev/null | awk '
	/^ +Class:/ { print "class", $2 }
	/^ +Machine:/ { sub(/^ +Machine: +/, ""); print "machine", $0 }
	/Requesting program interpreter:/ {
		sub(/.*interpreter: /, ""); sub(/\]$/, ""); print "interp", $0 }
	/\((NEEDED|RPATH|RUNPATH)\)/ {
		tag = tolower($2); gsub(/[()]/, "", tag)
		sub(/^[^[]*\[/, ""); sub(/\]$/, ""); print tag, $0 }')
}

# elf_interpreter FILE - set $interpreter, to '' for a static program.
elf_interpreter() {
	elf_read "$1"
	interpreter=$(sed -n 's/^interp //p' <<<"${facts[$1]}")
}

# elf_kind FILE - set $kind to what two objects of one process have in common.
elf_kind() {
	elf_read "$1"
	kind=${facts[$1]%%$'\n'interp*}
	kind=${kind%%$'\n'needed*}
	kind=${kind%%$'\n'r[pu]*}
}

# conf_directories FILE - print the directories of an ld.so.conf.
conf_directories() {
	local word rest file
	while read -r word rest; do
		case $word in
		/*) echo "${word%%=*}" ;;
		include)
			[[ $rest == /* ]] || rest=/etc/$rest
			# A glob pattern: to be expanded.
			# shellcheck disable=SC2086
			for file in $rest; do
				conf_directories "$file"
			done
			;;
		esac
	done < <(sed 's/#.*//' "$1" 2>/dev/null)
}

# musl_path - print the name of the file that tells musl's loader where to look.
musl_path() {
	local name=${interpreter##*/ld-} # such as musl-x86_64.so.1
	echo "/etc/ld-${name%.so.1}.path"
}

is_musl() {
	[[ $interpreter == */ld-musl-* ]]
}

# default_directories - print where the loader looks by itself.
default_directories() {
	if ! is_musl; then
		conf_directories /etc/ld.so.conf
		printf '%s\n' /lib64 /usr/lib64 /lib /usr/lib
	elif [[ -f $(musl_path) ]]; then
		tr ':' '\n' <"$(musl_path)"
	else
		printf '%s\n' /lib /usr/local/lib /usr/lib
	fi
}

# expand DIRS OBJECT - print RPATH's or RUNPATH's directories, one a line.  $LIB
# is what the loader was built with: lib64, or lib/TRIPLET.
expand() {
	local lib machine
	machine=$(uname -m)
	for lib in lib64 lib "lib/$machine-linux-gnu"; do
		sed -E -e 's#\$(ORIGIN|\{ORIGIN\})#'"${2%/*}#g" \
			-e 's#\$(LIB|\{LIB\})#'"$lib#g" \
			-e 's#\$(PLATFORM|\{PLATFORM\})#'"$machine#g" <<<"$1"
	done | tr ':' '\n' | awk '$0 != "" && !seen[$0]++'
}

# find_library NAME OBJECT DIRS - set $found.
find_library() {
	local directory kind wanted
	elf_kind "$2"
	wanted=$kind
	while read -r directory; do
		found=$directory/$1
		[[ -f $found ]] || continue
		elf_kind "$found"
		[[ $kind != "$wanted" ]] || return 0
	done <<<"$3"
	die "find '$1', which '$2' needs"
}

# copy_program FILE - FILE, its loader or interpreter, and all libraries.
copy_program() {
	local magic='' line interpreter
	[[ ! ${visited[$1]:-} ]] || return 0
	visited[$1]=1
	copy "$1"
	{ IFS= read -r -n 2 magic <"$1"; } 2>/dev/null || true
	if [[ $magic == '#!' ]]; then
		read -r line <"$1"
		copy_script_interpreter "$1" "${line#??}"
		return
	fi
	elf_interpreter "$copied"
	[[ ! $interpreter ]] || copy_dynamic "$1"
}

# copy_script_interpreter SCRIPT LINE - LINE is the first one behind '#!'.
copy_script_interpreter() {
	local program argument file
	read -r program argument <<<"$2"
	[[ -e $program ]] || die "copy '$1': its interpreter '$program' is missing"
	copy_program "$program"
	[[ ${program##*/} == env && $argument ]] || return 0
	# '#!/usr/bin/env python3': the second word is a program, too.
	argument=${argument#-S }
	argument=${argument%% *}
	file=$(type -P -- "$argument") ||
		die "copy '$1': its interpreter '$argument' is missing"
	copy_program "$file"
}

# copy_dynamic PROGRAM - what PROGRAM at $copied needs to be run.
copy_dynamic() {
	local directories
	[[ -e $interpreter ]] || die "copy '$1': its loader '$interpreter' is missing"
	directories=$(default_directories)
	loaded=()
	copy_object "$copied" ''
	copy "$interpreter"
	! is_musl || [[ ! -f $(musl_path) ]] || copy "$(musl_path)"
}

# copy_object FILE INHERITED - all that an object needs, which is there already
# itself.  INHERITED are the RPATHs of those that need it.
copy_object() {
	local object=$1 inherited=$2 tag value rpath='' runpath='' dirs found
	local -a needed=()
	elf_read "$object"
	while read -r tag value; do
		case $tag in
		needed) needed+=("$value") ;;
		rpath) rpath=$(expand "$value" "$object") ;;
		runpath) runpath=$(expand "$value" "$object") ;;
		esac
	done <<<"${facts[$object]}"

	dirs=$runpath$'\n'$directories
	if [[ ! $runpath ]]; then
		inherited=$rpath$'\n'$inherited
		dirs=$inherited$'\n'$directories
	fi
	for value in "${needed[@]}"; do
		# musl's loader is its C library as well.
		! is_musl || [[ $value != libc.so ]] || continue
		[[ ! ${loaded[$value]:-} ]] || continue
		loaded[$value]=1
		found=$value
		[[ $value == */* ]] || find_library "$value" "$object" "$dirs"
		copy "$found"
		copy_object "$copied" "$inherited"
		[[ $value != libc.so.6 ]] || copy_name_service "${found%/*}"
	done
}

# Before 2.34 glibc kept even the reading of /etc/passwd in libraries that it
# opens when asked for a name.
copy_name_service() {
	local library
	for library in "$1"/libnss_{files,dns}.so.2; do
		[[ -e $library ]] || continue
		copy "$library"
		copy_object "$copied" ''
	done
}

# Without its cache glibc's loader knows nothing of ld.so.conf.  ldconfig only
# reads the libraries.
add_library_cache() {
	local file path=$PATH:/sbin:/usr/sbin
	[[ -f /etc/ld.so.conf ]] || return 0
	for file in /etc/ld.so.conf /etc/ld.so.conf.d/*.conf; do
		copy "$file"
	done
	PATH=$path type -P ldconfig >/dev/null || return 0
	PATH=$path attempt "make the loader's cache" ldconfig -X -r "$root"
}
