/*
 * Super-packets: the host hands over up to 64 kB of one TCP or UDP flow at once. They are cut into packets here, sealed
 * each into a frame of its own, and sent as one UDP super-datagram, which the kernel or the NIC cuts into frames. The
 * other side joins what came together again.
 */
#define _GNU_SOURCE
#include "relay.h"

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { MOST_MESSAGES = 32, MOST_SEGMENTS = 64, MOST_BYTES = 65000, SUPER_ROOM = 66000 };
enum { VNET = sizeof(struct virtio_net_hdr) };
enum { IP = 20, TCP = 20, UDP = 8, FIN_PSH = 0x09, PSH = 0x08, ACK = 0x10, CWR = 0x80 };

static unsigned get16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }
static void put16(uint8_t *p, size_t value) { p[0] = (uint8_t)(value >> 8); p[1] = (uint8_t)value; }
static uint32_t get32(const uint8_t *p) { uint32_t value; memcpy(&value, p, 4); return ntohl(value); }
static void put32(uint8_t *p, uint32_t value) { value = htonl(value); memcpy(p, &value, 4); }

/* RFC 1071's sum in the machine's own byte order: what is stored without conversion is right on the wire. */
static uint64_t sum(const uint8_t *p, size_t length, uint64_t total)
{
    uint32_t word;
    uint16_t half;
    for (; length >= 4; p += 4, length -= 4)
        total += (memcpy(&word, p, 4), word);
    if (length >= 2)
        total += (memcpy(&half, p, 2), half), p += 2, length -= 2;
    return length ? total + ntohs((uint16_t)(*p << 8)) : total;
}

static uint16_t fold(uint64_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)total;
}

static uint64_t pseudo_header(const uint8_t *ip, size_t length)
{
    return sum(ip + 12, 8, htons(ip[9]) + (uint64_t)htons((uint16_t)length));
}

static void store(uint8_t *p, uint16_t checksum) { memcpy(p, &checksum, 2); }

static void make_ip_checksum(uint8_t *ip)
{
    store(ip + 10, 0);
    store(ip + 10, (uint16_t)~fold(sum(ip, (ip[0] & 15) * 4u, 0)));
}

/* ---- To the network ---- */

/* Frames of one length (the last may be shorter), to be sent by one call. */
struct burst { uint8_t bytes[SUPER_ROOM]; size_t length, frames, frame_length; };

static void burst_send(struct relay *relay, struct burst *burst)
{
    union { char bytes[CMSG_SPACE(2)]; struct cmsghdr align; } control = {0};
    struct iovec vector = {burst->bytes, burst->length};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (burst->frames > 1) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.bytes;
        control.align = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(2)};
        memcpy(CMSG_DATA(&control.align), &(uint16_t){(uint16_t)burst->frame_length}, 2);
    }
    if (burst->frames > 0)
        *(sendmsg(relay->udp, &message, 0) < 0 ? &relay->unsent : &relay->sent) += burst->frames;
    burst->frames = burst->length = 0;
}

/* Where the next packet goes, of that many bytes; sends first what cannot share a call with it. */
static uint8_t *burst_place(struct relay *relay, struct burst *burst, size_t packet)
{
    const size_t frame = HEADER + packet + cipher_tag(relay->sealing);
    if (burst->frames == MOST_SEGMENTS || burst->length + frame > MOST_BYTES || frame > burst->frame_length)
        burst_send(relay, burst);
    if (burst->frames == 0)
        burst->frame_length = frame;
    return burst->bytes + burst->length + HEADER;
}

static void burst_seal(struct relay *relay, struct burst *burst, size_t packet, bool partial)
{
    const size_t frame = cipher_seal(relay->sealing, burst->bytes + burst->length, partial ? PARTIAL_CHECKSUM : 0, packet);
    burst->length += frame;
    burst->frames++;
    if (frame < burst->frame_length)
        burst_send(relay, burst);
}

/* Cuts a super-packet; each piece gets the headers of the whole, with its own lengths, numbers and checksums. */
static void cut(struct relay *relay, struct burst *burst, const uint8_t *whole, size_t length, size_t step, bool udp)
{
    const size_t transport = udp ? UDP : (whole[IP + 12] >> 4) * 4u, headers = IP + transport, payload = length - headers;
    for (size_t offset = 0, i = 0; offset < payload; offset += step, i++) {
        const size_t part = payload - offset < step ? payload - offset : step;
        uint8_t *ip = burst_place(relay, burst, headers + part), *l4 = ip + IP, *checksum = l4 + (udp ? 6 : 16);
        memcpy(ip, whole, headers);
        memcpy(ip + headers, whole + headers + offset, part);
        put16(ip + 2, headers + part);
        put16(ip + 4, get16(whole + 4) + i);
        if (udp) {
            put16(l4 + 4, UDP + part);
        } else {
            put32(l4 + 4, get32(whole + IP + 4) + (uint32_t)offset);
            l4[13] &= (uint8_t)~((offset + part < payload ? FIN_PSH : 0) | (i > 0 ? CWR : 0));
        }
        if (relay->mode == VERIFIED) {
            make_ip_checksum(ip);
            store(checksum, 0);
            store(checksum, (uint16_t)~fold(sum(l4, transport + part, pseudo_header(ip, transport + part))));
        }
        burst_seal(relay, burst, headers + part, relay->mode == TRUSTED);
    }
}

/* Copies a packet that is none of the large ones, and makes the checksum that the kernel left to us. */
static void copy(struct relay *relay, struct burst *burst, struct virtio_net_hdr vnet, const uint8_t *ip, size_t length)
{
    const size_t start = vnet.csum_start, field = start + vnet.csum_offset;
    const bool unmade = (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && field + 2 <= length;
    const bool partial = unmade && relay->mode == TRUSTED && ip[0] == 0x45 && (ip[9] == 6 || ip[9] == 17);
    uint8_t *to = burst_place(relay, burst, length);
    memcpy(to, ip, length);
    if (unmade && !partial) {
        const uint16_t checksum = (uint16_t)~fold(sum(ip + start, length - start, 0));
        store(to + field, checksum ? checksum : 0xffff);
    }
    burst_seal(relay, burst, length, partial);
}

void *supers_to_network(void *argument)
{
    struct relay *relay = argument;
    static uint8_t super[SUPER_ROOM];
    static struct burst burst;
    for (;;) {
        const ssize_t n = read(relay->tun, super, sizeof super);
        if (n < 0) {
            burst_send(relay, &burst); /* not before: what is read next may join it */
            await(relay->tun, "read");
            continue;
        }
        struct virtio_net_hdr vnet;
        memcpy(&vnet, super, VNET);
        const uint8_t *ip = super + VNET;
        const size_t length = (size_t)n - VNET;
        const int type = vnet.gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
        if (n < VNET + IP)
            relay->unusable++;
        else if (type == VIRTIO_NET_HDR_GSO_NONE)
            copy(relay, &burst, vnet, ip, length);
        else if (ip[0] == 0x45 && length > IP + 60 && vnet.gso_size > 0) /* 60: the longest TCP header */
            cut(relay, &burst, ip, length, vnet.gso_size, type == VIRTIO_NET_HDR_GSO_UDP_L4);
        else
            relay->unusable++; /* IPv6, or IP options */
    }
}

/* ---- To the host ---- */

struct packet { uint8_t *ip; size_t length, headers, payload; bool partial, joinable; };

/* Packets of one flow that follow one another: the first whole, then the payloads of the others. */
struct join {
    struct virtio_net_hdr vnet;
    struct iovec vectors[1 + MOST_SEGMENTS];
    struct packet first;
    size_t count, length;
    uint32_t next; /* TCP's sequence number that comes after them */
    bool open;
};

/* Looks at a packet; joinable are TCP with nothing but data, and UDP, with a checksum that is right or trusted. */
static struct packet look_at(const struct relay *relay, uint8_t *ip, size_t length, bool partial)
{
    struct packet packet = {.ip = ip, .length = length};
    const bool plain = length >= IP && ip[0] == 0x45 && get16(ip + 2) == length;
    const bool tcp = plain && length >= IP + TCP && ip[9] == 6, udp = plain && length >= IP + UDP && ip[9] == 17;
    packet.partial = partial && (tcp || udp);
    if (!(tcp || (udp && relay->joins_udp)) || (get16(ip + 6) & 0x3fff) != 0) /* a fragment */
        return packet;
    packet.headers = IP + (udp ? UDP : (ip[IP + 12] >> 4) * 4u);
    packet.payload = length > packet.headers ? length - packet.headers : 0;
    packet.joinable = packet.payload > 0 && (udp || (packet.headers >= IP + TCP && (ip[IP + 13] & ~PSH) == ACK)) &&
        (partial || fold(sum(ip + IP, length - IP, pseudo_header(ip, length - IP))) == 0xffff);
    return packet;
}

static bool follows(const struct join *join, const struct packet *packet)
{
    const uint8_t *a = join->first.ip, *b = packet->ip;
    return join->open && packet->joinable && packet->payload <= join->first.payload && join->count < MOST_SEGMENTS &&
        join->length + packet->payload <= MOST_BYTES && packet->headers == join->first.headers &&
        a[1] == b[1] && a[8] == b[8] && a[9] == b[9] && memcmp(a + 6, b + 6, 2) == 0 && /* TOS, TTL, protocol, flags */
        memcmp(a + 12, b + 12, 12) == 0 &&                                              /* addresses and ports */
        (a[9] == 17 || (get32(b + IP + 4) == join->next &&
            memcmp(a + IP + 8, b + IP + 8, 5) == 0 && memcmp(a + IP + 14, b + IP + 14, 2) == 0 && /* ACK and window */
            memcmp(a + IP + TCP, b + IP + TCP, packet->headers - IP - TCP) == 0));
}

static void join_write(struct relay *relay, struct join *join)
{
    uint8_t *ip = join->first.ip;
    if (join->count > 1 || (join->count == 1 && join->first.partial)) {
        const bool udp = ip[9] == 17;
        const size_t transport = join->length - IP, field = udp ? 6 : 16;
        join->vnet = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = IP,
            .csum_offset = (uint16_t)field, .hdr_len = (uint16_t)join->first.headers};
        if (join->count > 1) {
            join->vnet.gso_type = udp ? VIRTIO_NET_HDR_GSO_UDP_L4 : VIRTIO_NET_HDR_GSO_TCPV4;
            join->vnet.gso_size = (uint16_t)join->first.payload;
        }
        put16(ip + 2, join->length);
        if (udp)
            put16(ip + IP + 4, transport);
        make_ip_checksum(ip);
        store(ip + IP + field, fold(pseudo_header(ip, transport)));
    }
    if (join->count > 0)
        *(writev(relay->tun, join->vectors, 1 + (int)join->count) < 0 ? &relay->unwritten : &relay->received) += join->count;
    join->count = 0;
    join->open = false;
}

static void join_add(struct relay *relay, struct join *join, struct packet packet)
{
    const bool tcp = packet.joinable && packet.ip[9] == 6, pushes = tcp && (packet.ip[IP + 13] & PSH);
    if (follows(join, &packet)) {
        join->vectors[1 + join->count++] = (struct iovec){packet.ip + packet.headers, packet.payload};
        join->length += packet.payload;
        join->first.ip[IP + 13] |= pushes ? PSH : 0;
    } else {
        join_write(relay, join);
        join->vnet = (struct virtio_net_hdr){0};
        join->vectors[0] = (struct iovec){&join->vnet, VNET};
        join->vectors[1] = (struct iovec){packet.ip, packet.length};
        join->first = packet;
        join->count = 1;
        join->length = packet.length;
    }
    join->next = tcp ? get32(packet.ip + IP + 4) + (uint32_t)packet.payload : 0;
    join->open = packet.joinable && packet.payload == join->first.payload && !pushes;
}

/* What one datagram, or many of one length that the kernel joined, brings. */
static void take_apart(struct relay *relay, struct join *join, struct msghdr *message, size_t total)
{
    uint8_t *bytes = message->msg_iov->iov_base;
    size_t step = total;
    const struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (c != NULL && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
        int each;
        memcpy(&each, CMSG_DATA(c), sizeof each);
        step = (size_t)each;
    }
    for (size_t offset = 0; offset < total; offset += step) {
        uint8_t *frame = bytes + offset;
        const ssize_t length = cipher_open(relay->opening, frame, total - offset < step ? total - offset : step);
        if (length <= 0)
            relay->refused++;
        else
            join_add(relay, join, look_at(relay, frame + HEADER, (size_t)length, frame[0] == PARTIAL_CHECKSUM));
    }
}

void *supers_to_host(void *argument)
{
    struct relay *relay = argument;
    static uint8_t bytes[MOST_MESSAGES][SUPER_ROOM];
    static union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control[MOST_MESSAGES];
    static struct mmsghdr messages[MOST_MESSAGES];
    static struct iovec vectors[MOST_MESSAGES];
    static struct join join;
    for (;;) {
        for (int i = 0; i < MOST_MESSAGES; i++) {
            vectors[i] = (struct iovec){bytes[i], SUPER_ROOM};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1, .msg_control = &control[i],
                .msg_controllen = sizeof control[i]};
        }
        /* More than one, for where the kernel does not join datagrams: here they are joined all the same. */
        const int count = recvmmsg(relay->udp, messages, MOST_MESSAGES, MSG_WAITFORONE, NULL);
        if (count < 0)
            await(relay->udp, "recvmmsg");
        for (int i = 0; i < count; i++)
            take_apart(relay, &join, &messages[i].msg_hdr, messages[i].msg_len);
        join_write(relay, &join);
    }
}
