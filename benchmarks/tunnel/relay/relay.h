/*
 * A relay between a TUN device and a UDP socket: the least that a tunnel in user space has to do. What it reaches is the
 * ceiling for the tunnels measured beside it. It is a yardstick and no tunnel: its key is a constant, and there is no
 * handshake, no replay window, and no check of who may send from which address. IPv4 only.
 *
 *   frame:  0       1         8         16
 *           | flags | zeros   | counter | packet ... | tag of 16 bytes, where there is a cipher |
 *
 * The first 16 bytes are the AEAD's additional data, the counter is its nonce.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HEADER = 16, TAG = 16 };

/* The flag: the sending host left the transport checksum to hardware, and there was none to make it. */
enum { PARTIAL_CHECKSUM = 1 };

enum mode {
    PACKET,   /* one packet, one read, one send */
    BATCH,    /* reads until there is none left; sendmmsg and recvmmsg */
    VERIFIED, /* super-packets on either side; the sender makes checksums, the receiver verifies them */
    TRUSTED   /* the same, but checksums stay unmade, and the receiver believes the sender */
};

struct relay {
    enum mode mode;
    int tun, udp;
    bool joins_udp;                             /* the kernel takes UDP super-packets */
    struct cipher *sealing, *opening;           /* one for each thread */
    unsigned long sent, unsent, unusable;       /* frames, by the thread to the network */
    unsigned long received, refused, unwritten; /* frames, by the thread to the host */
};

/* The threads, in packets.c and offloads.c. */
void *packets_to_network(void *relay), *packets_to_host(void *relay);
void *supers_to_network(void *relay), *supers_to_host(void *relay);

/* main.c. Waits for something to read, or ends the process where errno is no passing state of an idle descriptor. */
void await(int fd, const char *call);

/* cipher.c: "none", "libcrypto" or "libipsec-mb"; NULL where there is no such cipher. */
struct cipher *cipher_new(const char *name);
size_t cipher_tag(const struct cipher *cipher);
/* Seals the text behind the room for the header; returns the frame's length. */
size_t cipher_seal(struct cipher *cipher, uint8_t *frame, uint8_t flags, size_t text_length);
/* Opens a frame in place; returns the text's length, or -1 where the frame is forged. */
ssize_t cipher_open(struct cipher *cipher, uint8_t *frame, size_t frame_length);
