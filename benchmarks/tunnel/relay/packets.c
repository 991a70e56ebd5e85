/* Packet by packet, or in batches of system calls: a tunnel that knows nothing of super-packets. */
#define _GNU_SOURCE
#include "relay.h"

#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 64, ROOM = 2048, TEXT_ROOM = ROOM - HEADER - TAG };

struct batch {
    uint8_t frames[FRAMES][ROOM];
    struct mmsghdr messages[FRAMES];
    struct iovec vectors[FRAMES];
    int limit;
};

static void lay_out(struct batch *batch, enum mode mode)
{
    batch->limit = mode == PACKET ? 1 : FRAMES;
    for (int i = 0; i < FRAMES; i++) {
        batch->vectors[i] = (struct iovec){.iov_base = batch->frames[i], .iov_len = ROOM};
        batch->messages[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vectors[i], .msg_iovlen = 1};
    }
}

void *packets_to_network(void *argument)
{
    struct relay *relay = argument;
    static struct batch batch;
    lay_out(&batch, relay->mode);
    for (;;) {
        int count = 0;
        ssize_t n;
        while (count < batch.limit && (n = read(relay->tun, batch.frames[count] + HEADER, TEXT_ROOM)) > 0) {
            batch.vectors[count].iov_len = cipher_seal(relay->sealing, batch.frames[count], 0, (size_t)n);
            count++;
        }
        if (count == 0)
            await(relay->tun, "read");
        for (int done = 0; done < count;) {
            const int sent = sendmmsg(relay->udp, batch.messages + done, (unsigned)(count - done), 0);
            relay->sent += sent > 0 ? (unsigned long)sent : 0;
            relay->unsent += sent <= 0; /* the first of them is what failed */
            done += sent > 0 ? sent : 1;
        }
    }
}

void *packets_to_host(void *argument)
{
    struct relay *relay = argument;
    static struct batch batch;
    lay_out(&batch, relay->mode);
    for (;;) {
        const int count = recvmmsg(relay->udp, batch.messages, (unsigned)batch.limit, MSG_WAITFORONE, NULL);
        if (count < 0)
            await(relay->udp, "recvmmsg");
        for (int i = 0; i < count; i++) {
            const ssize_t length = cipher_open(relay->opening, batch.frames[i], batch.messages[i].msg_len);
            if (length <= 0)
                relay->refused++;
            else if (write(relay->tun, batch.frames[i] + HEADER, (size_t)length) < 0)
                relay->unwritten++;
            else
                relay->received++;
        }
    }
}
