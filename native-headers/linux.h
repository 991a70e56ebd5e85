/*
 * What ShadowMesh knows of Linux and its C library: functions, structures and constants, LP64 (x86-64 and arm64).
 *
 * This file is the only source of the bindings in shadowmesh-ffi. It is self-contained: jextract and our own bindgen
 * both read it, and neither looks at the system's headers. The build checks it against those instead, for x86-64 and
 * for arm64 (see linux.check). To bind something more: declare it here, name it in linux.args, build.
 *
 * Rules that keep both generators agreeing:
 *   - no #include, no #if, no macro with parameters, no enum: constants are #define NAME expression;
 *   - every struct and union has a tag and stands at file level; every union member has a name;
 *   - no bit-field, function pointer, flexible array or attribute;
 *   - const struct sockaddr * in place of glibc's transparent union;
 *   - nothing whose value or layout differs between architectures (O_DIRECT, epoll_event).
 */
#ifndef SHADOWMESH_LINUX_H
#define SHADOWMESH_LINUX_H

/* ---- Types ------------------------------------------------------------------------------------------------------ */

typedef unsigned long size_t;
typedef long ssize_t;
typedef long off_t;
typedef unsigned int socklen_t;
typedef unsigned long nfds_t;
typedef int clockid_t;
typedef struct signal_set sigset_t;

/* time.h */
struct timespec
{
    long tv_sec;
    long tv_nsec;
};

/* linux/sched/types.h */
struct sched_attr
{
    unsigned int size;
    unsigned int sched_policy;
    unsigned long long sched_flags;
    int sched_nice;
    unsigned int sched_priority;
    unsigned long long sched_runtime;
    unsigned long long sched_deadline;
    unsigned long long sched_period;
    unsigned int sched_util_min;
    unsigned int sched_util_max;
};

/* sys/uio.h */
struct iovec
{
    void *iov_base;
    unsigned long iov_len;
};

/* poll.h */
struct pollfd
{
    int fd;
    short events;
    short revents;
};

/* sys/socket.h */
struct sockaddr
{
    unsigned short sa_family;
    char sa_data[14];
};

struct sockaddr_storage
{
    unsigned short ss_family;
    char __ss_padding[118];
    unsigned long __ss_align;
};

struct msghdr
{
    void *msg_name;
    unsigned int msg_namelen;
    struct iovec *msg_iov;
    unsigned long msg_iovlen;
    void *msg_control;
    unsigned long msg_controllen;
    int msg_flags;
};

struct mmsghdr
{
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

struct cmsghdr
{
    unsigned long cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

/* netinet/in.h: ports and addresses are in network byte order */
struct in_addr
{
    unsigned int s_addr;
};

struct in6_addr
{
    unsigned char s6_addr[16];
};

struct sockaddr_in
{
    unsigned short sin_family;
    unsigned short sin_port;
    struct in_addr sin_addr;
    unsigned char sin_zero[8];
};

struct sockaddr_in6
{
    unsigned short sin6_family;
    unsigned short sin6_port;
    unsigned int sin6_flowinfo;
    struct in6_addr sin6_addr;
    unsigned int sin6_scope_id;
};

struct in_pktinfo
{
    int ipi_ifindex;
    struct in_addr ipi_spec_dst;
    struct in_addr ipi_addr;
};

struct in6_pktinfo
{
    struct in6_addr ipi6_addr;
    unsigned int ipi6_ifindex;
};

/* linux/errqueue.h */
struct sock_extended_err
{
    unsigned int ee_errno;
    unsigned char ee_origin;
    unsigned char ee_type;
    unsigned char ee_code;
    unsigned char ee_pad;
    unsigned int ee_info;
    unsigned int ee_data;
};

/* linux/if.h */
struct ifmap
{
    unsigned long mem_start;
    unsigned long mem_end;
    unsigned short base_addr;
    unsigned char irq;
    unsigned char dma;
    unsigned char port;
};

union ifreq_ifrn
{
    char ifrn_name[16];
};

union ifreq_ifru
{
    struct sockaddr ifru_addr;
    struct sockaddr ifru_dstaddr;
    struct sockaddr ifru_broadaddr;
    struct sockaddr ifru_netmask;
    struct sockaddr ifru_hwaddr;
    short ifru_flags;
    int ifru_ivalue;
    int ifru_mtu;
    struct ifmap ifru_map;
    char ifru_slave[16];
    char ifru_newname[16];
    void *ifru_data;
};

struct ifreq
{
    union ifreq_ifrn ifr_ifrn;
    union ifreq_ifru ifr_ifru;
};

/* linux/ipv6.h */
struct in6_ifreq
{
    struct in6_addr ifr6_addr;
    unsigned int ifr6_prefixlen;
    int ifr6_ifindex;
};

/* linux/virtio_net.h: what stands before each packet of a device opened with IFF_VNET_HDR, in host byte order */
struct virtio_net_hdr
{
    unsigned char flags;
    unsigned char gso_type;
    unsigned short hdr_len;
    unsigned short gso_size;
    unsigned short csum_start;
    unsigned short csum_offset;
};

/* linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h */
struct sockaddr_nl
{
    unsigned short nl_family;
    unsigned short nl_pad;
    unsigned int nl_pid;
    unsigned int nl_groups;
};

struct nlmsghdr
{
    unsigned int nlmsg_len;
    unsigned short nlmsg_type;
    unsigned short nlmsg_flags;
    unsigned int nlmsg_seq;
    unsigned int nlmsg_pid;
};

struct nlmsgerr
{
    int error;
    struct nlmsghdr msg;
};

struct rtattr
{
    unsigned short rta_len;
    unsigned short rta_type;
};

struct ifinfomsg
{
    unsigned char ifi_family;
    unsigned char __ifi_pad;
    unsigned short ifi_type;
    int ifi_index;
    unsigned int ifi_flags;
    unsigned int ifi_change;
};

struct ifaddrmsg
{
    unsigned char ifa_family;
    unsigned char ifa_prefixlen;
    unsigned char ifa_flags;
    unsigned char ifa_scope;
    unsigned int ifa_index;
};

struct rtmsg
{
    unsigned char rtm_family;
    unsigned char rtm_dst_len;
    unsigned char rtm_src_len;
    unsigned char rtm_tos;
    unsigned char rtm_table;
    unsigned char rtm_protocol;
    unsigned char rtm_scope;
    unsigned char rtm_type;
    unsigned int rtm_flags;
};

/* ---- Functions -------------------------------------------------------------------------------------------------- */

int open(const char *path, int flags, ...);
int close(int fd);
ssize_t read(int fd, void *buffer, size_t length);
ssize_t write(int fd, const void *buffer, size_t length);
ssize_t readv(int fd, const struct iovec *iovecs, int count);
ssize_t writev(int fd, const struct iovec *iovecs, int count);
int ioctl(int fd, unsigned long request, ...);
int fcntl(int fd, int command, ...);

int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int *fds);
int bind(int fd, const struct sockaddr *address, socklen_t length);
int connect(int fd, const struct sockaddr *address, socklen_t length);
int getsockname(int fd, struct sockaddr *address, socklen_t *length);
int setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int getsockopt(int fd, int level, int name, void *value, socklen_t *length);
ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *to, socklen_t to_length);
ssize_t recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *from, socklen_t *from_length);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout);

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *signals);
int eventfd(unsigned int initial, int flags);
int clock_gettime(clockid_t clock, struct timespec *time);
int unshare(int flags);
int setns(int fd, int type);
long syscall(long number, ...);
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t length);
int mprotect(void *address, size_t length, int protection);

void *aligned_alloc(size_t alignment, size_t length);
void free(void *address);

/* ---- Constants -------------------------------------------------------------------------------------------------- */

/* fcntl.h */
#define O_RDONLY 00
#define O_WRONLY 01
#define O_RDWR 02
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define FD_CLOEXEC 1

/* poll.h */
#define POLLIN 0x001
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010
#define POLLNVAL 0x020

/* sys/eventfd.h */
#define EFD_CLOEXEC O_CLOEXEC
#define EFD_NONBLOCK O_NONBLOCK

/* time.h */
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7

/* sched.h */
#define CLONE_NEWNS 0x00020000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWNET 0x40000000
#define SCHED_BATCH 3
#define SCHED_IDLE 5

/* sys/mman.h */
#define PROT_NONE 0x0
#define PROT_READ 0x1
#define PROT_WRITE 0x2
#define PROT_EXEC 0x4
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_NORESERVE 0x4000
#define MAP_POPULATE 0x8000

/* sys/socket.h: families, types, levels, options, flags */
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK O_NONBLOCK
#define SOCK_CLOEXEC O_CLOEXEC
#define SOL_SOCKET 1
#define SO_REUSEADDR 2
#define SO_ERROR 4
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_REUSEPORT 15
#define SO_BINDTODEVICE 25
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_MARK 36
#define SO_RXQ_OVFL 40
#define SO_BUSY_POLL 46
#define SO_ZEROCOPY 60
#define MSG_PEEK 0x02
#define MSG_CTRUNC 0x08
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_ERRQUEUE 0x2000
#define MSG_NOSIGNAL 0x4000
#define MSG_WAITFORONE 0x10000
#define MSG_ZEROCOPY 0x4000000

/* netinet/in.h, netinet/udp.h: protocols and their options */
#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ICMPV6 58
#define SOL_UDP 17
#define UDP_SEGMENT 103
#define UDP_GRO 104
#define IP_TOS 1
#define IP_TTL 2
#define IP_PKTINFO 8
#define IP_MTU_DISCOVER 10
#define IP_RECVERR 11
#define IP_RECVTOS 13
#define IP_MTU 14
#define IP_FREEBIND 15
#define IP_PMTUDISC_DONT 0
#define IP_PMTUDISC_WANT 1
#define IP_PMTUDISC_DO 2
#define IP_PMTUDISC_PROBE 3
#define IP_PMTUDISC_INTERFACE 4
#define IP_PMTUDISC_OMIT 5
#define IPV6_UNICAST_HOPS 16
#define IPV6_MTU_DISCOVER 23
#define IPV6_MTU 24
#define IPV6_RECVERR 25
#define IPV6_V6ONLY 26
#define IPV6_RECVPKTINFO 49
#define IPV6_PKTINFO 50
#define IPV6_DONTFRAG 62
#define IPV6_RECVTCLASS 66
#define IPV6_TCLASS 67
#define IPV6_FREEBIND 78
#define IPV6_PMTUDISC_DONT 0
#define IPV6_PMTUDISC_WANT 1
#define IPV6_PMTUDISC_DO 2
#define IPV6_PMTUDISC_PROBE 3
#define IPV6_PMTUDISC_INTERFACE 4
#define IPV6_PMTUDISC_OMIT 5

/* linux/errqueue.h */
#define SO_EE_ORIGIN_NONE 0
#define SO_EE_ORIGIN_LOCAL 1
#define SO_EE_ORIGIN_ICMP 2
#define SO_EE_ORIGIN_ICMP6 3
#define SO_EE_ORIGIN_ZEROCOPY 5

/* linux/if_tun.h */
#define TUNSETIFF 0x400454ca
#define TUNSETPERSIST 0x400454cb
#define TUNSETOWNER 0x400454cc
#define TUNSETGROUP 0x400454ce
#define TUNGETFEATURES 0x800454cf
#define TUNSETOFFLOAD 0x400454d0
#define TUNGETIFF 0x800454d2
#define TUNSETSNDBUF 0x400454d4
#define TUNGETVNETHDRSZ 0x800454d7
#define TUNSETVNETHDRSZ 0x400454d8
#define TUNSETQUEUE 0x400454d9
#define IFF_TUN 0x0001
#define IFF_TAP 0x0002
#define IFF_MULTI_QUEUE 0x0100
#define IFF_ATTACH_QUEUE 0x0200
#define IFF_DETACH_QUEUE 0x0400
#define IFF_PERSIST 0x0800
#define IFF_NO_PI 0x1000
#define IFF_VNET_HDR 0x4000
#define IFF_TUN_EXCL 0x8000
#define TUN_F_CSUM 0x01
#define TUN_F_TSO4 0x02
#define TUN_F_TSO6 0x04
#define TUN_F_TSO_ECN 0x08
#define TUN_F_UFO 0x10
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40

/* linux/virtio_net.h */
#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1
#define VIRTIO_NET_HDR_F_DATA_VALID 2
#define VIRTIO_NET_HDR_GSO_NONE 0
#define VIRTIO_NET_HDR_GSO_TCPV4 1
#define VIRTIO_NET_HDR_GSO_UDP 3
#define VIRTIO_NET_HDR_GSO_TCPV6 4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#define VIRTIO_NET_HDR_GSO_ECN 0x80

/* linux/if.h, linux/sockios.h */
#define IFNAMSIZ 16
#define IFF_UP 0x1
#define IFF_RUNNING 0x40
#define IFF_NOARP 0x80
#define IFF_POINTOPOINT 0x10
#define SIOCGIFNAME 0x8910
#define SIOCGIFFLAGS 0x8913
#define SIOCSIFFLAGS 0x8914
#define SIOCGIFADDR 0x8915
#define SIOCSIFADDR 0x8916
#define SIOCSIFDSTADDR 0x8918
#define SIOCGIFNETMASK 0x891b
#define SIOCSIFNETMASK 0x891c
#define SIOCGIFMTU 0x8921
#define SIOCSIFMTU 0x8922
#define SIOCSIFNAME 0x8923
#define SIOCGIFINDEX 0x8933
#define SIOCDIFADDR 0x8936
#define SIOCGIFTXQLEN 0x8942
#define SIOCSIFTXQLEN 0x8943

/* linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/veth.h */
#define NETLINK_ROUTE 0
#define NLM_F_REQUEST 0x01
#define NLM_F_MULTI 0x02
#define NLM_F_ACK 0x04
#define NLM_F_ROOT 0x100
#define NLM_F_MATCH 0x200
#define NLM_F_DUMP (NLM_F_ROOT | NLM_F_MATCH)
#define NLM_F_REPLACE 0x100
#define NLM_F_EXCL 0x200
#define NLM_F_CREATE 0x400
#define NLMSG_NOOP 0x1
#define NLMSG_ERROR 0x2
#define NLMSG_DONE 0x3
#define RTM_NEWLINK 16
#define RTM_DELLINK 17
#define RTM_GETLINK 18
#define RTM_NEWADDR 20
#define RTM_DELADDR 21
#define RTM_GETADDR 22
#define RTM_NEWROUTE 24
#define RTM_DELROUTE 25
#define RTM_GETROUTE 26
#define IFLA_ADDRESS 1
#define IFLA_IFNAME 3
#define IFLA_MTU 4
#define IFLA_TXQLEN 13
#define IFLA_LINKINFO 18
#define IFLA_NET_NS_PID 19
#define IFLA_NET_NS_FD 28
#define IFLA_INFO_KIND 1
#define IFLA_INFO_DATA 2
#define VETH_INFO_PEER 1
#define IFA_ADDRESS 1
#define IFA_LOCAL 2
#define IFA_F_NODAD 0x02
#define RTA_DST 1
#define RTA_OIF 4
#define RTA_GATEWAY 5
#define RT_TABLE_MAIN 254
#define RTPROT_STATIC 4
#define RT_SCOPE_UNIVERSE 0
#define RT_SCOPE_LINK 253
#define RTN_UNICAST 1

/* errno.h */
#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define EBADF 9
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define ENOTTY 25
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EPIPE 32
#define ERANGE 34
#define ENAMETOOLONG 36
#define ENOSYS 38
#define EPROTO 71
#define EOVERFLOW 75
#define EBADFD 77
#define EUSERS 87
#define ENOTSOCK 88
#define EDESTADDRREQ 89
#define EMSGSIZE 90
#define EPROTOTYPE 91
#define ENOPROTOOPT 92
#define EPROTONOSUPPORT 93
#define ESOCKTNOSUPPORT 94
#define EOPNOTSUPP 95
#define EAFNOSUPPORT 97
#define EADDRINUSE 98
#define EADDRNOTAVAIL 99
#define ENETDOWN 100
#define ENETUNREACH 101
#define ENETRESET 102
#define ECONNABORTED 103
#define ECONNRESET 104
#define ENOBUFS 105
#define EISCONN 106
#define ENOTCONN 107
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTDOWN 112
#define EHOSTUNREACH 113
#define EALREADY 114
#define EINPROGRESS 115

#endif
