package io.shadowmesh.bindgen;

import java.util.List;

/** A C type under LP64, as x86-64 and arm64 Linux have it. */
sealed interface CType
{
    long size();

    long alignment();

    /** The type as C writes it where no declarator follows: {@code const struct sockaddr *}. */
    String spelling();

    /** The type behind any typedef. */
    default CType resolved()
    {
        return this;
    }

    /** Arithmetic types and void: what C calls them, their size, and their names in Java. */
    enum Primitive implements CType
    {
        VOID("void", 0, null, "void", null),
        BOOL("_Bool", 1, "C_BOOL", "boolean", "OfBoolean"),
        CHAR("char", 1, "C_CHAR", "byte", "OfByte"),
        SIGNED_CHAR("signed char", 1, "C_CHAR", "byte", "OfByte"),
        UNSIGNED_CHAR("unsigned char", 1, "C_CHAR", "byte", "OfByte"),
        SHORT("short", 2, "C_SHORT", "short", "OfShort"),
        UNSIGNED_SHORT("unsigned short", 2, "C_SHORT", "short", "OfShort"),
        INT("int", 4, "C_INT", "int", "OfInt"),
        UNSIGNED_INT("unsigned int", 4, "C_INT", "int", "OfInt"),
        LONG("long", 8, "C_LONG", "long", "OfLong"),
        UNSIGNED_LONG("unsigned long", 8, "C_LONG", "long", "OfLong"),
        LONG_LONG("long long", 8, "C_LONG_LONG", "long", "OfLong"),
        UNSIGNED_LONG_LONG("unsigned long long", 8, "C_LONG_LONG", "long", "OfLong"),
        FLOAT("float", 4, "C_FLOAT", "float", "OfFloat"),
        DOUBLE("double", 8, "C_DOUBLE", "double", "OfDouble");

        private final String spelling;
        private final long size;
        private final String layout;
        private final String carrier;
        private final String layoutClass;

        Primitive(
            final String spelling,
            final long size,
            final String layout,
            final String carrier,
            final String layoutClass)
        {
            this.spelling = spelling;
            this.size = size;
            this.layout = layout;
            this.carrier = carrier;
            this.layoutClass = layoutClass;
        }

        @Override
        public long size()
        {
            return size;
        }

        @Override
        public long alignment()
        {
            return size;
        }

        @Override
        public String spelling()
        {
            return spelling;
        }

        /** The layout constant of the header class. */
        String layout()
        {
            return layout;
        }

        /** The Java type that carries a value. */
        String carrier()
        {
            return carrier;
        }

        /** The class of the layout constant. */
        String layoutClass()
        {
            return layoutClass;
        }
    }

    /** A data pointer. */
    record Pointer(CType target, boolean targetIsConst) implements CType
    {
        @Override
        public long size()
        {
            return 8;
        }

        @Override
        public long alignment()
        {
            return 8;
        }

        @Override
        public String spelling()
        {
            if (target instanceof Pointer)
            {
                return target.spelling() + (targetIsConst ? "const *" : "*");
            }
            return (targetIsConst ? "const " : "") + target.spelling() + " *";
        }
    }

    /** An array of known length; arrays of arrays nest. */
    record Array(CType element, long length) implements CType
    {
        @Override
        public long size()
        {
            return element.size() * length;
        }

        @Override
        public long alignment()
        {
            return element.alignment();
        }

        @Override
        public String spelling()
        {
            throw new IllegalStateException("an array is spelled by its declarator");
        }

        /** The type at the bottom of nested arrays. */
        CType innermost()
        {
            return element instanceof Array inner ? inner.innermost() : element;
        }
    }

    /** A name for another type. */
    record Typedef(String name, CType target) implements CType
    {
        @Override
        public long size()
        {
            return target.size();
        }

        @Override
        public long alignment()
        {
            return target.alignment();
        }

        @Override
        public String spelling()
        {
            return name;
        }

        @Override
        public CType resolved()
        {
            return target.resolved();
        }
    }

    /** A field and where it lies. */
    record Field(String name, CType type, long offset, int line)
    {
    }

    /** A struct or union. Declared first, completed by its definition. */
    final class Aggregate implements CType
    {
        private final boolean union;
        private final String tag;
        private List<Field> fields;
        private long size;
        private long alignment;
        private int line;

        Aggregate(final boolean union, final String tag)
        {
            this.union = union;
            this.tag = tag;
        }

        void complete(final List<Field> allFields, final long bytes, final long align, final int definedAt)
        {
            this.fields = List.copyOf(allFields);
            this.size = bytes;
            this.alignment = align;
            this.line = definedAt;
        }

        boolean isComplete()
        {
            return fields != null;
        }

        boolean isUnion()
        {
            return union;
        }

        String tag()
        {
            return tag;
        }

        String keyword()
        {
            return union ? "union" : "struct";
        }

        List<Field> fields()
        {
            return fields;
        }

        int line()
        {
            return line;
        }

        @Override
        public long size()
        {
            return size;
        }

        @Override
        public long alignment()
        {
            return alignment;
        }

        @Override
        public String spelling()
        {
            return keyword() + " " + tag;
        }
    }
}
