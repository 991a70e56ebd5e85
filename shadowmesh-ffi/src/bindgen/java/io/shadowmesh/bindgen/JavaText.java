package io.shadowmesh.bindgen;

/** Java source in the making. */
final class JavaText
{
    private final StringBuilder text = new StringBuilder();

    /** Appends a text block at an indentation, with {@code ${name}} replaced pairwise. */
    JavaText add(final int indent, final String block, final String... replacements)
    {
        String filled = block;
        for (int i = 0; i < replacements.length; i += 2)
        {
            filled = filled.replace("${" + replacements[i] + "}", replacements[i + 1]);
        }
        for (final String line : filled.split("\n"))
        {
            text.append(line.isEmpty() ? "" : " ".repeat(indent * 4)).append(line).append('\n');
        }
        return this;
    }

    JavaText blank()
    {
        text.append('\n');
        return this;
    }

    /** A doc comment that quotes the C declaration. */
    JavaText doc(final int indent, final String sentence, final String c)
    {
        final StringBuilder comment = new StringBuilder("/**\n");
        if (!sentence.isEmpty())
        {
            comment.append(" * ").append(sentence).append('\n');
        }
        comment.append(" * {@snippet lang=c :\n");
        for (final String line : c.split("\n"))
        {
            comment.append(" * ").append(line.replace("*/", "*&#47;")).append('\n');
        }
        return add(indent, comment.append(" * }\n */").toString());
    }

    /** The layout that a Java expression in the header's package names. */
    static String layout(final String headerClass, final CType type)
    {
        final CType resolved = type.resolved();
        if (resolved instanceof CType.Primitive primitive)
        {
            return headerClass + "." + primitive.layout();
        }
        if (resolved instanceof CType.Pointer)
        {
            return headerClass + ".C_POINTER";
        }
        if (resolved instanceof CType.Array array)
        {
            return "MemoryLayout.sequenceLayout(" + array.length() + ", " + layout(headerClass, array.element()) + ")";
        }
        return ((CType.Aggregate)resolved).tag() + ".layout()";
    }

    /** The Java type that carries a value. */
    static String carrier(final CType type)
    {
        return type.resolved() instanceof CType.Primitive primitive ? primitive.carrier() : "MemorySegment";
    }

    /** The Java class of a layout. */
    static String layoutClass(final CType type)
    {
        final CType resolved = type.resolved();
        if (resolved instanceof CType.Primitive primitive)
        {
            return primitive.layoutClass();
        }
        return resolved instanceof CType.Pointer ? "AddressLayout" :
            resolved instanceof CType.Array ? "SequenceLayout" : "GroupLayout";
    }

    @Override
    public String toString()
    {
        return text.toString();
    }
}
