/* relay MODE CIPHER DEVICE LOCAL PEER PORT: makes the TUN device, and relays until SIGTERM or SIGINT. */
#define _GNU_SOURCE
#include "relay.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* From linux/if_tun.h and linux/udp.h, where the system's headers are older than they. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

void await(int fd, const char *call)
{
    /* ECONNREFUSED: the other relay is not up yet, or no more. */
    if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
        err(1, "%s", call);
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
}

static void open_device(struct relay *relay, const char *name)
{
    const bool supers = relay->mode >= VERIFIED;
    struct ifreq request = {.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | (supers ? IFF_VNET_HDR : 0))};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    relay->tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | (relay->mode == PACKET ? 0 : O_NONBLOCK));
    if (relay->tun < 0 || ioctl(relay->tun, TUNSETIFF, &request) < 0)
        err(1, "cannot make the TUN device %s", name);
    /* UDP super-packets are for both families or none; Linux has them from 6.2 on. */
    const unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4;
    relay->joins_udp = supers && ioctl(relay->tun, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) == 0;
    if (supers && !relay->joins_udp && ioctl(relay->tun, TUNSETOFFLOAD, tcp) < 0)
        err(1, "the TUN device has no offloads");
}

static void open_socket(struct relay *relay, const char *local, const char *peer, const char *port)
{
    const int buffer = 4 << 20, on = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))}, there = here;
    if (inet_pton(AF_INET, local, &here.sin_addr) != 1 || inet_pton(AF_INET, peer, &there.sin_addr) != 1)
        errx(2, "LOCAL and PEER are IPv4 addresses");
    relay->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (relay->udp < 0 || bind(relay->udp, (struct sockaddr *)&here, sizeof here) < 0 ||
        connect(relay->udp, (struct sockaddr *)&there, sizeof there) < 0)
        err(1, "cannot bind the socket to %s", local);
    if (setsockopt(relay->udp, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
        setsockopt(relay->udp, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) < 0)
        err(1, "cannot have socket buffers of 4 MiB");
    if (relay->mode >= VERIFIED && setsockopt(relay->udp, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0)
        err(1, "the socket has no receive offload");
}

int main(int count, char **arguments)
{
    static const char *const MODES[] = {"packet", "batch", "verified", "trusted"};
    static struct relay relay;
    pthread_t threads[2];
    sigset_t ends;
    int signal_number, mode = 0;
    while (count == 7 && mode <= TRUSTED && strcmp(arguments[1], MODES[mode]) != 0)
        mode++;
    if (count != 7 || mode > TRUSTED)
        errx(2, "packet|batch|verified|trusted none|libcrypto|libipsec-mb DEVICE LOCAL PEER PORT");
    relay.mode = (enum mode)mode;
    if ((relay.sealing = cipher_new(arguments[2])) == NULL || (relay.opening = cipher_new(arguments[2])) == NULL)
        errx(1, "there is no cipher '%s'; libipsec-mb needs libipsec-mb-dev when the relay is compiled", arguments[2]);
    open_device(&relay, arguments[3]);
    open_socket(&relay, arguments[4], arguments[5], arguments[6]);

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    const bool supers = relay.mode >= VERIFIED;
    if ((errno = pthread_create(&threads[0], NULL, supers ? supers_to_network : packets_to_network, &relay)) != 0 ||
        (errno = pthread_create(&threads[1], NULL, supers ? supers_to_host : packets_to_host, &relay)) != 0)
        err(1, "cannot start a thread");
    sigwait(&ends, &signal_number);
    fprintf(stderr, "sent %lu, unsent %lu, unusable %lu; received %lu, refused %lu, unwritten %lu\n", relay.sent,
        relay.unsent, relay.unusable, relay.received, relay.refused, relay.unwritten);
    _exit(0); /* the threads wait in the kernel, and have nothing to put away */
}
