# shellcheck shell=bash disable=SC2154 # folder, target and uso are set by run
# Two hosts in network namespaces, what runs on them, and how it ends. Sourced by run.
#
#   smbenchA: 192.0.2.1, tunnel 10.10.10.3  <--- veth, or a delay line --->  smbenchB: 192.0.2.2, tunnel 10.10.10.4

address() { case $1 in A) echo 192.0.2.1 ;; B) echo 192.0.2.2 ;; esac; }
inner() { case $1 in A) echo 10.10.10.3 ;; B) echo 10.10.10.4 ;; esac; }
other() { case $1 in A) echo B ;; B) echo A ;; esac; }

processes=()   # the tunnel's

# on HOST COMMAND...: runs a command there, and waits for it.
on()
{
  nsenter --net="/run/netns/smbench$1" "${@:2}"
}

# begin HOST LOG COMMAND...: starts a command there; its id is in $!. It dies with this script, however that ends.
begin()
{
  nsenter --net="/run/netns/smbench$1" setpriv --pdeathsig KILL "${@:3}" >>"$2" 2>&1 </dev/null 9>&- &
}

# tunnel HOST COMMAND...: the same for the tunnel's own process, whose time and memory are measured.
tunnel()
{
  begin "$1" "$folder/tunnel$1.log" "${@:2}"
  processes+=($!)
}

# hosts_up [DELAY_MS MBIT QUEUE_MS]: makes the hosts and joins them, by a delay line where there are arguments.
hosts_up()
{
  local host
  hosts_down
  ip netns add smbenchA && ip netns add smbenchB || return 1
  if [ $# = 0 ]; then
    ip link add smbench0 netns smbenchA type veth peer name smbench0 netns smbenchB || return 1
  else
    ip netns add smbenchM || return 1
    ip link add smbench0 netns smbenchA type veth peer name smbenchA netns smbenchM || return 1
    ip link add smbench0 netns smbenchB type veth peer name smbenchB netns smbenchM || return 1
  fi
  for host in A B; do
    on $host ip addr add "$(address $host)/24" dev smbench0 || return 1
    on $host ip link set lo up
    on $host ip link set smbench0 mtu 1500 up || return 1
    if [ $# != 0 ]; then
      # What goes through a packet socket is what would be on the wire: no super-packets, and checksums made.
      on $host ethtool -K smbench0 tx off tso off gso off gro off tx-udp-segmentation off >/dev/null 2>&1
      on M ip link set smbench$host mtu 1500 up || return 1
    elif [ "$uso" = off ]; then
      on $host ethtool -K smbench0 tx-udp-segmentation off >/dev/null || return 1
    fi
  done
  [ $# = 0 ] && return 0
  begin M "$folder/delayline.log" "$target/bin/delayline" smbenchA smbenchB "$@"
}

# Ends everything on the hosts and removes them, also what a run left behind that was killed.
hosts_down()
{
  local name left
  for name in smbenchA smbenchB smbenchM; do
    [ -e "/run/netns/$name" ] || continue
    left=$(ip netns pids $name)
    # shellcheck disable=SC2086 # ids are words
    [ -n "$left" ] && finish $left
    ip netns del $name
  done
  processes=()
  rm -f /var/run/wireguard/smbenchA.sock /var/run/wireguard/smbenchB.sock
}

# finish ID...: ends processes, by force after two seconds.
finish()
{
  local id tries
  kill "$@" 2>/dev/null
  for id; do
    for ((tries = 0; tries < 40; tries++)); do
      kill -0 "$id" 2>/dev/null || break
      sleep 0.05
    done
    kill -9 "$id" 2>/dev/null
    wait "$id" 2>/dev/null
  done
}

# Whether all of the tunnel's processes live.
tunnel_lives()
{
  local id
  for id in ${processes[@]+"${processes[@]}"}; do
    kill -0 "$id" 2>/dev/null || return 1
  done
}

# The processor time that the tunnel's processes have used, in clock ticks.
ticks()
{
  local id line fields total=0
  for id in ${processes[@]+"${processes[@]}"}; do
    read -r line <"/proc/$id/stat" || return 1
    read -ra fields <<<"${line##*) }"
    total=$((total + fields[11] + fields[12]))
  done
  echo "$total"
}

# The largest memory that either of them has had, in KiB.
peak_rss()
{
  local id name value most=0
  for id in ${processes[@]+"${processes[@]}"}; do
    while read -r name value _; do
      [ "$name" = VmHWM: ] && [ "$value" -gt "$most" ] && most=$value
    done <"/proc/$id/status"
  done
  echo "$most"
}
