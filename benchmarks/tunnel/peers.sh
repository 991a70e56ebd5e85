# shellcheck shell=bash disable=SC2154 # folder, here, keys, mtu, root and target are set by run
# How each tunnel comes up. Sourced by run.
#
# prepare_NAME VARIANT does what a user does once (keys, compiling), and is not measured. up_NAME VARIANT starts the
# processes by `tunnel HOST COMMAND...` and leaves the inner addresses on devices smbenchA and smbenchB. A name with a
# dash in it has an underscore here. VARIANT is what is behind the @ of NAME@VARIANT, or nothing.

# device_up HOST: waits for a device that the tunnel makes, and gives it its address.
device_up()
{
  local tries
  for ((tries = 0; tries < 400; tries++)); do
    on "$1" ip link show "smbench$1" >/dev/null 2>&1 && break
    sleep 0.005
  done
  on "$1" ip addr add "$(inner "$1")/24" dev "smbench$1" && on "$1" ip link set "smbench$1" mtu "$mtu" up
}

# ---- No tunnel: the link itself ----

prepare_raw() { :; }
up_raw() { :; }

# ---- ShadowMesh. VARIANT: a launcher (/path/to/bin/shadowmesh), or flags for up with a comma between two ----

shadowmesh_launcher()
{
  case $1 in
    /*) echo "$1" ;;
    *) echo "${SHADOWMESH:-$root/bin/shadowmesh}" ;;
  esac
}

prepare_shadowmesh()
{
  local launcher host
  launcher=$(shadowmesh_launcher "$1")
  [ -x "$launcher" ] || { complain "there is no launcher $launcher"; return 1; }
  for host in A B; do
    # The first start builds, and makes the file that later starts are faster by.
    [ -s "$keys/shadowmesh$host/identity.key" ] || "$launcher" keygen -keydir "$keys/shadowmesh$host" >/dev/null || return 1
    "$launcher" id -keydir "$keys/shadowmesh$host" >"$keys/shadowmesh$host.id" || return 1
  done
}

up_shadowmesh()
{
  local launcher flags=()
  launcher=$(shadowmesh_launcher "$1")
  case $1 in
    '' | /*) ;;
    *) IFS=, read -ra flags <<<"$1" ;;
  esac
  tunnel B "$launcher" up -keydir "$keys/shadowmeshB" -ip "$(address B)" -tun smbenchB -tun-ip "$(inner B)" -mtu "$mtu" \
    -allow "$(<"$keys/shadowmeshA.id")" ${flags[@]+"${flags[@]}"}
  tunnel A "$launcher" up -keydir "$keys/shadowmeshA" -ip "$(address A)" -tun smbenchA -tun-ip "$(inner A)" -mtu "$mtu" \
    -connect "$(<"$keys/shadowmeshB.id")@$(address B)" ${flags[@]+"${flags[@]}"}
}

# ---- The relay, the ceiling. VARIANT: packet|batch|verified|trusted, with -libcrypto or -libipsec-mb where it seals ----

prepare_relay()
{
  local imb=()
  [ -e /usr/include/intel-ipsec-mb.h ] && imb=(-DWITH_IPSEC_MB -lIPSec_MB)
  compile relay "$here"/relay/*.c -lcrypto -lpthread ${imb[@]+"${imb[@]}"}
}

up_relay()
{
  local mode=${1%%-*} cipher=none host
  [ "$mode" != "$1" ] && cipher=${1#*-}
  for host in A B; do
    tunnel $host "$target/bin/relay" "$mode" "$cipher" smbench$host "$(address $host)" "$(address "$(other $host)")" 7777
  done
  device_up A && device_up B
}

# ---- wireguard-go. VARIANT: its path, by default $WIREGUARD_GO or what is on the search path ----

prepare_wireguard_go()
{
  local host
  need wg wireguard-tools && need "${1:-${WIREGUARD_GO:-wireguard-go}}" wireguard-go || return 1
  for host in A B; do
    [ -s "$keys/wireguard$host" ] || (umask 077 && wg genkey >"$keys/wireguard$host") || return 1
    wg pubkey <"$keys/wireguard$host" >"$keys/wireguard$host.pub"
  done
}

up_wireguard_go()
{
  local host peer tries
  for host in A B; do
    tunnel $host env LOG_LEVEL=error "${1:-${WIREGUARD_GO:-wireguard-go}}" -f smbench$host
  done
  for host in A B; do
    peer=$(other $host)
    for ((tries = 0; tries < 400; tries++)); do
      [ -S /var/run/wireguard/smbench$host.sock ] && break
      sleep 0.005
    done
    device_up $host || return 1
    wg set smbench$host private-key "$keys/wireguard$host" listen-port 51820 \
      peer "$(<"$keys/wireguard$peer.pub")" endpoint "$(address "$peer"):51820" allowed-ips "$(inner "$peer")/32" || return 1
  done
}

# ---- OpenVPN in user space, without its kernel module. VARIANT: the data cipher, by default AES-256-GCM ----

prepare_openvpn()
{
  local host
  need openvpn openvpn && need openssl openssl || return 1
  for host in A B; do
    [ -s "$keys/openvpn$host.crt" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
      -subj "/CN=smbench$host" -keyout "$keys/openvpn$host.key" -out "$keys/openvpn$host.crt" 2>/dev/null || return 1
  done
}

up_openvpn()
{
  local host peer role cipher=${1:-AES-256-GCM}
  for host in B A; do
    peer=$(other $host)
    role='tls-client'
    [ $host = B ] && role=$'tls-server\ndh none'
    cat >"$folder/openvpn$host.conf" <<CONF
dev smbench$host
dev-type tun
proto udp
local $(address $host)
remote $(address "$peer")
ifconfig $(inner $host) $(inner "$peer")
$role
cert $keys/openvpn$host.crt
key $keys/openvpn$host.key
peer-fingerprint $(openssl x509 -in "$keys/openvpn$peer.crt" -noout -fingerprint -sha256 | cut -d= -f2)
data-ciphers $cipher
data-ciphers-fallback $cipher
tun-mtu $mtu
mssfix 0
sndbuf 2097152
rcvbuf 2097152
txqueuelen 1000
disable-dco
verb 1
CONF
    [ "$cipher" = none ] && echo 'auth none' >>"$folder/openvpn$host.conf"
    tunnel $host openvpn --config "$folder/openvpn$host.conf"
  done
}

# ---- nebula. VARIANT: aes (the default) or chachapoly ----

prepare_nebula()
{
  local host
  need nebula nebula && need nebula-cert nebula || return 1
  [ -s "$keys/nebulaB.crt" ] && return 0
  rm -f "$keys"/nebula*
  nebula-cert ca -name smbench -out-crt "$keys/nebula.crt" -out-key "$keys/nebula.key" || return 1
  for host in A B; do
    nebula-cert sign -ca-crt "$keys/nebula.crt" -ca-key "$keys/nebula.key" -name $host -ip "$(inner $host)/24" \
      -out-crt "$keys/nebula$host.crt" -out-key "$keys/nebula$host.key" || return 1
  done
}

up_nebula()
{
  local host peer
  for host in A B; do
    peer=$(other $host)
    cat >"$folder/nebula$host.yml" <<YML
pki:
  ca: $keys/nebula.crt
  cert: $keys/nebula$host.crt
  key: $keys/nebula$host.key
static_host_map:
  "$(inner "$peer")": ["$(address "$peer"):4242"]
lighthouse:
  am_lighthouse: false
listen:
  host: $(address $host)
  port: 4242
  batch: 64
  read_buffer: 2097152
  write_buffer: 2097152
punchy:
  punch: false
cipher: ${1:-aes}
tun:
  dev: smbench$host
  mtu: $mtu
  tx_queue: 1000
logging:
  level: warning
firewall:
  outbound: [{port: any, proto: any, host: any}]
  inbound: [{port: any, proto: any, host: any}]
YML
    tunnel $host nebula -config "$folder/nebula$host.yml"
  done
}
