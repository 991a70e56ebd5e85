/*
 * What ShadowMesh knows of Intel's Multi-Buffer Crypto for IPsec Library (libIPSec_MB.so.1, x86-64 only): where its
 * manager keeps the functions that it has chosen for this processor, and what their parameters are.
 *
 * The rules of linux.h hold, and functions are pointer types here: the library is opened by hand, and most of these are
 * reached through its manager. The build checks all of it against the library's own header where that is installed (see
 * ipsec-mb.check); LibIpsecMb checks, before it calls any of them, that the library at hand has them where this file
 * says.
 */
#ifndef SHADOWMESH_IPSEC_MB_H
#define SHADOWMESH_IPSEC_MB_H

/* ---- Opaque: their insides are the library's, and differ between its releases ----------------------------------- */

struct IMB_MGR;
struct gcm_key_data;
struct gcm_context_data;
struct chacha20_poly1305_context_data;

/* Bytes that are enough for them. Release 1.3 takes 1024, 88 and 192; 1.4 takes 1280 for the first. */
#define GCM_KEY_ROOM 2048
#define GCM_CONTEXT_ROOM 256
#define CHACHA20_POLY1305_CONTEXT_ROOM 512

/* What struct gcm_key_data is aligned to. */
#define GCM_KEY_ALIGNMENT 64

/* ---- Where the manager keeps its functions, in bytes ------------------------------------------------------------ */

#define MANAGER_GCM256_ENC 272
#define MANAGER_GCM256_DEC 296
#define MANAGER_GCM256_PRE 464
#define MANAGER_CHACHA20_POLY1305_INIT 920
#define MANAGER_CHACHA20_POLY1305_ENC_UPDATE 928
#define MANAGER_CHACHA20_POLY1305_DEC_UPDATE 936
#define MANAGER_CHACHA20_POLY1305_FINALIZE 944

/* ---- Functions of the library ----------------------------------------------------------------------------------- */

typedef unsigned int (*imb_get_version_t)(void);
typedef const char *(*imb_get_version_str_t)(void);
typedef int (*imb_get_errno_t)(struct IMB_MGR *manager);
typedef struct IMB_MGR *(*alloc_mb_mgr_t)(unsigned long flags);
typedef void (*init_mb_mgr_auto_t)(struct IMB_MGR *manager, unsigned int *architecture);
typedef void (*free_mb_mgr_t)(struct IMB_MGR *manager);

/* ---- Functions in the manager; none of them is given the manager ------------------------------------------------ */

typedef void (*aes_gcm_pre_t)(const void *key, struct gcm_key_data *expanded);
typedef void (*aes_gcm_enc_dec_t)(const struct gcm_key_data *key, struct gcm_context_data *context,
    unsigned char *out, const unsigned char *in, unsigned long length, const unsigned char *iv,
    const unsigned char *aad, unsigned long aad_length, unsigned char *tag, unsigned long tag_length);
typedef void (*chacha_poly_init_t)(const void *key, struct chacha20_poly1305_context_data *context,
    const void *iv, const void *aad, unsigned long aad_length);
typedef void (*chacha_poly_enc_dec_update_t)(const void *key, struct chacha20_poly1305_context_data *context,
    void *out, const void *in, unsigned long length);
typedef void (*chacha_poly_finalize_t)(struct chacha20_poly1305_context_data *context, void *tag,
    unsigned long tag_length);

#endif
