# shellcheck shell=bash disable=SC2154 # root: set by mkrootfs
# paths.sh - put files into a root without ever leaving it
#
# A root out of a tarball may hold a link 'sbin -> /usr/sbin', and what would be
# written through it lands on the host.  So a path is resolved here, as the
# kernel would after chroot, and nothing else may write below $root.

# resolve PATH - set $resolved to where on the host PATH of the root is.
resolve() {
	local rest=$1 at='' part link hops=0
	while [[ $rest ]]; do
		part=${rest%%/*}
		rest=${rest:${#part}}
		rest=${rest#/}
		case $part in
		'' | .) continue ;;
		..)
			at=${at%/*}
			continue
			;;
		esac
		if [[ ! -L $root$at/$part ]]; then
			at+=/$part
			continue
		fi
		((++hops <= 40)) || die "resolve '$1': too many symbolic links"
		link=$(readlink "$root$at/$part")
		rest=$link${rest:+/$rest}
		[[ $link != /* ]] || at=
	done
	resolved=$root$at
}

# resolve_name PATH - the same, but a link at PATH itself is not followed.
resolve_name() {
	resolve "${1%/*}"
	resolved+=/${1##*/}
}

is_there() {
	resolve_name "$1"
	[[ -e $resolved || -L $resolved ]]
}

is_program() {
	resolve "$1"
	[[ -f $resolved && -x $resolved ]]
}

make_parent() {
	resolve_name "$1"
	[[ -d ${resolved%/*} ]] ||
		attempt "create '${1%/*}'" mkdir -p -- "${resolved%/*}"
}

# place MODE PATH - make PATH a new file of what is read from stdin.
place() {
	make_parent "$2"
	# The old one goes first: it may be a link, or have another name.
	attempt "replace '$2'" rm -f -- "$resolved"
	attempt "write '$2'" install -m "$1" /dev/stdin "$resolved"
}

place_directory() {
	resolve "$2"
	attempt "create '$2'" mkdir -p -- "$resolved"
	attempt "create '$2'" chmod "$1" -- "$resolved"
}

# place_link TARGET PATH
place_link() {
	make_parent "$2"
	attempt "create '$2'" ln -sfn -- "$1" "$resolved"
}

# copy PATH - PATH of the host to the same place in the root.  A symbolic link
# on the way, or at its end, is made again and its target copied as well, so
# that the root has the host's layout.  Sets $copied to the path without links.
# Each directory on the way is a real one here and there: no link leads out.
copy() {
	local rest=$1 part link hops=0 next
	copied=
	while [[ $rest ]]; do
		part=${rest%%/*}
		rest=${rest:${#part}}
		rest=${rest#/}
		case $part in
		'' | .) continue ;;
		..)
			copied=${copied%/*}
			continue
			;;
		esac
		next=$copied/$part
		if [[ -L $next ]]; then
			((++hops <= 40)) || die "copy '$1': too many symbolic links"
			link=$(readlink "$next")
			[[ -L $root$next ]] || ln -s -- "$link" "$root$next"
			rest=$link${rest:+/$rest}
			[[ $link != /* ]] || copied=
			continue
		fi
		if [[ -d $next ]]; then
			[[ -d $root$next ]] ||
				attempt "create '$next'" mkdir -m "$(stat -c %a "$next")" -- "$root$next"
		elif [[ ! -e $root$next ]]; then
			attempt "copy '$next'" cp -a -- "$next" "$root$next"
		fi
		copied=$next
	done
}
