load helpers
load living

@test "500 at once: they start, are listed, and stop" {
	local i names=()
	for ((i = 0; i < 500; i++)); do
		names+=("$NAME-$i")
		command launch -d --init --name "$NAME-$i" --net none --rootfs "$BUSYBOX" sleep 600 >/dev/null
	done
	must list --json
	(($(json 'sum(c["state"] == "running" for c in j)') == 500))
	must stats --json
	(($(json 'len(j)') == 500))
	must stop "${names[@]}"
	((${#lines[@]} == 500))
	must list --json
	[[ $output == '[]' ]]
	eventually same_traces "$before"
}
