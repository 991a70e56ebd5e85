/*
 * delayline INTERFACE INTERFACE DELAY_MS MBIT QUEUE_MS: joins two Ethernet interfaces, each way with so much delay, such a
 * rate, and a queue that drops at its end what would wait for longer than QUEUE_MS. Ends on SIGTERM or SIGINT with one
 * line for each way. For kernels without the netem queueing discipline.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { SLOTS = 1 << 16, SLOT_ROOM = 1536, AT_ONCE = 256, LINE_OVERHEAD = 24 /* preamble, check sequence, gap */ };

struct slot { int64_t due_ns; size_t length; uint8_t frame[SLOT_ROOM]; };

/* One way: frames that have been received and wait until they are due. */
struct way {
    int from, to;
    int64_t line_free_ns; /* when the last frame has left the queue */
    unsigned head, tail;  /* head: the frame to be sent next; they count up, slots are taken modulo SLOTS */
    unsigned long passed, dropped;
    struct slot slots[SLOTS];
};

static struct way ways[2];
static int64_t delay_ns, queue_ns;
static double ns_per_byte;
static volatile sig_atomic_t ended;

static void end(int signal_number)
{
    (void)signal_number;
    ended = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int open_interface(const char *name)
{
    const int on = 1, buffer = 16 << 20;
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
    const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = (int)if_nametoindex(name)};
    if (fd < 0 || address.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) < 0)
        err(1, "%s", name);
    return fd;
}

/* Takes in what has arrived. A frame is due when those before it have left, its own bits have too, and the delay is over. */
static void receive(struct way *way)
{
    for (int i = 0; i < AT_ONCE; i++) {
        static struct slot spare; /* a frame is received even where there is no place for it, to be dropped */
        const int full = way->tail - way->head == SLOTS;
        struct slot *slot = full ? &spare : &way->slots[way->tail % SLOTS];
        const ssize_t n = recv(way->from, slot->frame, SLOT_ROOM, MSG_TRUNC);
        if (n <= 0)
            return;
        const int64_t now = now_ns(), start = way->line_free_ns > now ? way->line_free_ns : now;
        if (full || n > SLOT_ROOM || start - now > queue_ns) {
            way->dropped++;
            continue;
        }
        way->line_free_ns = start + (int64_t)((double)(n + LINE_OVERHEAD) * ns_per_byte);
        slot->due_ns = way->line_free_ns + delay_ns;
        slot->length = (size_t)n;
        way->tail++;
    }
}

/* Sends what is due. Returns how long it is until the next frame is, at most a second. */
static int64_t deliver(struct way *way)
{
    const int64_t now = now_ns();
    for (; way->head != way->tail; way->head++) {
        const struct slot *slot = &way->slots[way->head % SLOTS];
        if (slot->due_ns > now)
            return slot->due_ns - now < 999999999 ? slot->due_ns - now : 999999999;
        *(send(way->to, slot->frame, slot->length, 0) < 0 ? &way->dropped : &way->passed) += 1;
    }
    return 999999999;
}

int main(int count, char **arguments)
{
    if (count != 6 || atof(arguments[3]) < 0 || atof(arguments[4]) <= 0 || atof(arguments[5]) <= 0)
        errx(2, "INTERFACE INTERFACE DELAY_MS MBIT QUEUE_MS");
    delay_ns = (int64_t)(atof(arguments[3]) * 1e6);
    ns_per_byte = 8000 / atof(arguments[4]);
    queue_ns = (int64_t)(atof(arguments[5]) * 1e6);
    ways[0].from = ways[1].to = open_interface(arguments[1]);
    ways[1].from = ways[0].to = open_interface(arguments[2]);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    sigaction(SIGINT, &(struct sigaction){.sa_handler = end}, NULL);
    while (!ended) {
        receive(&ways[0]);
        receive(&ways[1]);
        const int64_t first = deliver(&ways[0]), second = deliver(&ways[1]);
        const struct timespec wait = {.tv_nsec = first < second ? first : second};
        struct pollfd readable[2] = {{.fd = ways[0].from, .events = POLLIN}, {.fd = ways[1].from, .events = POLLIN}};
        if (ppoll(readable, 2, &wait, NULL) < 0 && errno != EINTR)
            err(1, "ppoll");
    }
    for (int i = 0; i < 2; i++)
        fprintf(stderr, "%s to %s: passed %lu, dropped %lu\n", arguments[1 + i], arguments[2 - i], ways[i].passed,
            ways[i].dropped);
    return 0;
}
